package dev.headlight.model.hook;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.headlight.model.Fixture;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.Scalars;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a backward pass needs must outlive the arrays that it was given as. */
class GradientsLifetimeTest {
    @Test
    void theFactorsOfARunAreThereWhenItIsGoneBackThrough() {
        try (NDManager manager = Fixture.TORCH.newManager()) {
            NDArray x = manager.ones(new Shape(2));
            Ops.differentiate(true, x);
            for (int i = 0; i < 200; i++) {
                NDArray leaf = Ops.leaf(x);
                NDArray y = Scalars.times(leaf, 3);
                List<ByteBuffer> others = new ArrayList<>();
                System.gc();
                for (int j = 0; j < 200; j++) {
                    others.add(ByteBuffer.allocateDirect(8).putLong(0, -1));
                }
                Ops.backward(y.sum());
                assertThat(Ops.gradient(leaf).toFloatArray()).as("try " + i).containsExactly(3, 3);
                assertThat(others).hasSize(200);
            }
            Ops.differentiate(false, x);
        }
    }
}
