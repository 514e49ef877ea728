package dev.headlight.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TensorTest {
    private final AnswerMemory kept = new AnswerMemory();

    @AfterEach
    void close() {
        kept.close();
    }

    static float[] floats(InputStream in) throws IOException {
        byte[] bytes = new DataInputStream(in).readAllBytes();
        float[] floats = new float[bytes.length / 4];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(floats);
        return floats;
    }

    @Test
    void aTransposedArrayIsReadInTheOrderOfItsAxes() throws IOException {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray array = manager.create(new float[] {1, 2, 3, 4, 5, 6}, new Shape(2, 3));
            Tensor tensor = kept.keep(array.transpose(), "a", "b");
            assertThat(tensor.shape()).containsExactly(3, 2);
            assertThat(tensor.toFloats()).containsExactly(1, 4, 2, 5, 3, 6);
            assertThat(floats(tensor.stream())).containsExactly(1, 4, 2, 5, 3, 6);
        }
    }

    @Test
    void whatIsKeptOutlivesTheManagerThatMadeIt() throws IOException {
        Tensor tensor;
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray whole = manager.create(new float[] {1, 2, 3, 4}, new Shape(2, 2));
            tensor = kept.keep(Ops.row(whole, 1), "a");
        }
        assertThat(floats(tensor.stream())).containsExactly(3, 4);
        assertThat(tensor.toFloats()).containsExactly(3, 4);
    }

    @Test
    void otherDtypesBecomeFloat32() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray half = manager.create(new float[] {1.5f, -2}).toType(DataType.FLOAT16, true);
            assertThat(kept.keep(half, "a").toFloats()).containsExactly(1.5f, -2);
            assertThat(kept.keep(manager.create(new long[] {7}), "a").toFloats())
                    .containsExactly(7);
        }
    }

    @Test
    void axesMustBeAsManyAsTheShapeHas() {
        assertThatThrownBy(() -> kept.keep(new float[4], new long[] {2, 2}, "a"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("[2, 2]");
    }

    @Test
    void bytesComeOneByOneOrInPiecesOfAnySize() throws IOException {
        Tensor tensor = kept.keep(new float[] {1, -2, 3}, new long[] {3}, "a");
        byte[] whole = tensor.stream().readAllBytes();
        try (InputStream in = tensor.stream();
                InputStream copy = new ByteArrayInputStream(whole)) {
            for (int i = 0; i < 5; i++) {
                assertThat(in.read()).isEqualTo(copy.read());
            }
            assertThat(in.readNBytes(4)).isEqualTo(copy.readNBytes(4));
            assertThat(in.read(new byte[0])).isZero();
            assertThat(in.readAllBytes()).isEqualTo(copy.readAllBytes());
            assertThat(in.read()).isEqualTo(-1);
            assertThat(in.read(new byte[4], 0, 4)).isEqualTo(-1);
        }
        assertThat(kept.keep(new float[0], new long[] {0}, "a").stream().read()).isEqualTo(-1);
    }

    @Test
    void aSizeThatOverflowsIsNoSize() {
        assertThatThrownBy(() -> Tensor.size(new long[] {1L << 62, 4})).isInstanceOf(ArithmeticException.class);
        assertThat(Tensor.size(new long[0])).isEqualTo(1);
    }
}
