package dev.headlight.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
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
        requireClose(PackedWeight.of(weight, bias).linear(x, PackedWeight.Step.NONE), Ops.linear(x, weight, bias));
        requireClose(PackedWeight.of(weight, null).linear(x, PackedWeight.Step.NONE), Ops.linear(x, weight, null));
        for (PackedWeight.Layout layout : PackedWeight.Layout.values()) {
            NDArray packed = layout.pack(weight);
            requireClose(layout.linear(x, packed, bias, PackedWeight.Step.NONE), Ops.linear(x, weight, bias));
        }
    }

    @ParameterizedTest
    @CsvSource({"20, 64, 200", "20, 768, 800"})
    void theStepAfterTheProductIsItsOwnOperation(int rows, int in, int out) {
        NDArray x = random(rows, in);
        NDArray weight = random(out, in);
        requireStep(PackedWeight.Step.RELU, x, weight, Nonlinearities::relu);
        requireStep(PackedWeight.Step.GELU, x, weight, Nonlinearities::gelu);
        requireStep(PackedWeight.Step.GELU_TANH, x, weight, Nonlinearities::geluTanh);
        requireStep(PackedWeight.Step.SILU, x, weight, Nonlinearities::silu);
    }

    private void requireStep(PackedWeight.Step step, NDArray x, NDArray weight, UnaryOperator<NDArray> alone) {
        NDArray bias = random(weight.getShape().get(0));
        for (PackedWeight.Layout layout : PackedWeight.Layout.values()) {
            requireClose(layout.linear(x, layout.pack(weight), bias, step), alone.apply(Ops.linear(x, weight, bias)));
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
