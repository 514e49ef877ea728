package dev.headlight.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PackedWeightTest {
    private NDManager manager;

    @BeforeEach
    void open() {
        manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
        Ops.differentiate(false, manager.create(0f));
    }

    @AfterEach
    void close() {
        manager.close();
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1, 1",
        "20, 3, 5",
        "7, 17, 31",
        "20, 256, 1024",
        "130, 300, 77",
        "20, 768, 768",
        "33, 1021, 517",
        "1, 768, 800"
    })
    void productsAreThoseOfPyTorch(int rows, int in, int out) {
        NDArray x = random(2, rows, in);
        NDArray weight = random(out, in);
        NDArray bias = random(out);
        for (PackedWeight.Layout layout : PackedWeight.Layout.values()) {
            NDArray packed = layout.pack(weight);
            requireClose(layout.linear(x, packed, bias), Ops.linear(x, weight, bias));
        }
    }

    @Test
    void aLayerMultipliesWithTheLayoutThatServesItsRows() {
        NDArray weight = random(512, 512);
        PackedWeight packed = PackedWeight.of(weight, null);
        NDArray x = random(32, 512);
        if (packed != null && packed.serves(x)) { // else PyTorch's own product is the faster one here
            requireClose(packed.linear(x), Ops.linear(x, weight, null));
        }
    }

    private NDArray random(long... shape) {
        return manager.randomNormal(0, 1, new Shape(shape), DataType.FLOAT32);
    }

    private static void requireClose(NDArray found, NDArray expected) {
        assertThat(found.getShape()).isEqualTo(expected.getShape());
        float difference = found.sub(expected).abs().max().getFloat();
        float largest = expected.abs().max().getFloat();
        assertThat(difference).isLessThan(2e-6f * Math.max(1, largest));
    }
}
