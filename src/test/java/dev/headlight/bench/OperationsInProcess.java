package dev.headlight.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.headlight.model.checkpoint.MmapPolicy;
import dev.headlight.model.checkpoint.Precision;
import dev.headlight.model.checkpoint.Torch;
import dev.headlight.tensor.AttentionOps;
import dev.headlight.tensor.Nonlinearities;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.PackedWeight;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The operations of a block of GPT-2's smallest size, one by one, for {@code bench/run}. Each runs on the weights of 12
 * layers in turn, so that they come from memory as in a forward pass.
 *
 * <p>Argument: the threads of one operation. For each line {@code {"do": "operations", "tokens": ..}} it answers the seconds
 * of each operation, the shortest mean of a few rounds.
 */
final class OperationsInProcess {
    private static final int LAYERS = 12;
    private static final int WIDTH = 768;
    private static final int HEADS = 12;
    private static final int WARM_ROUNDS = 30;
    private static final int ROUNDS = 10;

    private final NDManager manager;
    private final NDArray gain;
    private final NDArray bias;
    private final List<Layer> qkv;
    private final List<Layer> out;
    private final List<Layer> mlpIn;
    private final List<Layer> mlpOut;

    /** A linear layer without a bias, as the service runs it. */
    private record Layer(NDArray weight, @Nullable PackedWeight packed) {
        NDArray apply(NDArray x) {
            return packed != null && packed.serves(x) ? packed.linear(x) : Ops.linear(x, weight, null);
        }
    }

    private OperationsInProcess(NDManager manager) {
        this.manager = manager;
        Ops.differentiate(false, manager.create(0f));
        gain = manager.ones(new Shape(WIDTH));
        bias = manager.zeros(new Shape(WIDTH));
        qkv = weights(WIDTH, 3 * WIDTH);
        out = weights(WIDTH, WIDTH);
        mlpIn = weights(WIDTH, 4 * WIDTH);
        mlpOut = weights(4 * WIDTH, WIDTH);
    }

    public static void main(String[] args) throws IOException {
        PrintStream answers = System.out;
        System.setOut(System.err); // the log goes to stderr
        Torch torch = new Torch("cpu", Integer.parseInt(args[0]), Precision.FLOAT32, MmapPolicy.NEVER, true);
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        try (NDManager manager = torch.newManager()) {
            OperationsInProcess operations = new OperationsInProcess(manager);
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                answers.println(operations.measured(Integer.parseInt(line.replaceAll("\\D", ""))));
            }
        }
    }

    private List<Layer> weights(int inputs, int outputs) {
        return IntStream.range(0, LAYERS)
                .mapToObj(layer -> random(outputs, inputs))
                .map(weight -> new Layer(weight, PackedWeight.of(weight, null)))
                .toList();
    }

    private NDArray random(long... shape) {
        return manager.randomNormal(0, 0.05f, new Shape(shape), DataType.FLOAT32);
    }

    private String measured(int tokens) {
        NDArray x = random(1, tokens, WIDTH);
        NDArray wide = random(1, tokens, 4 * WIDTH);
        NDArray head = random(1, tokens, HEADS, WIDTH / HEADS);
        List<NDArray> mask = List.of(AttentionOps.causalMask(manager, DataType.FLOAT32, 0, tokens, tokens));
        NDArray pattern = AttentionOps.pattern(head, head, 0.125, mask);
        Map<String, IntFunction<NDArray>> all = new LinkedHashMap<>();
        all.put("layer norm", layer -> Ops.layerNorm(x, gain, bias, 1e-5));
        all.put("query, key and value", layer -> qkv.get(layer).apply(x));
        all.put("scores, mask and softmax", layer -> AttentionOps.pattern(head, head, 0.125, mask));
        all.put("mixed values", layer -> AttentionOps.mix(pattern, head));
        all.put("output of attention", layer -> out.get(layer).apply(x));
        all.put(
                "first layer of the MLP, and GELU",
                layer -> gelu(mlpIn.get(layer).apply(x)));
        all.put("second layer of the MLP", layer -> mlpOut.get(layer).apply(wide));
        return all.entrySet().stream()
                .map(operation -> "\"%s\": %s".formatted(operation.getKey(), seconds(operation.getValue())))
                .collect(Collectors.joining(", ", "{", "}"));
    }

    private static NDArray gelu(NDArray pre) {
        try (pre) {
            return Nonlinearities.geluTanh(pre);
        }
    }

    private static double seconds(IntFunction<NDArray> operation) {
        IntStream.range(0, WARM_ROUNDS).forEach(round -> nanos(operation));
        long least = IntStream.range(0, ROUNDS)
                .mapToLong(round -> nanos(operation))
                .min()
                .orElseThrow();
        return least / 1e9 / LAYERS;
    }

    /** Time for all layers. */
    private static long nanos(IntFunction<NDArray> operation) {
        long start = System.nanoTime();
        for (int layer = 0; layer < LAYERS; layer++) {
            operation.apply(layer).close();
        }
        return System.nanoTime() - start;
    }
}
