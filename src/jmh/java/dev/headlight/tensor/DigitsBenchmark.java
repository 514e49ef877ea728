package dev.headlight.tensor;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Digits of the values of 4 heads over 128 tokens. The counter {@code bytes} is MB/s of text. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class DigitsBenchmark {
    private static final int TOKENS = 128;
    private static final long[] SHAPE = {1, 4, TOKENS, TOKENS};

    /** Counts the text. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    public static class Written {
        public long bytes;
    }

    /** Attention with the zeros of the causal mask, the same without zeros, or normally distributed activations. */
    @Param({"causal", "attention", "activations"})
    public String values;

    private final AnswerMemory memory = new AnswerMemory();
    private final NestedText text = new NestedText(SHAPE);
    private float[] floats;
    private Tensor tensor;
    private byte[] out;

    @Setup(Level.Trial)
    public void make() {
        Random random = new Random(1);
        floats = new float[(int) Tensor.size(SHAPE)];
        for (int i = 0; i < floats.length; i++) {
            boolean hidden = i % TOKENS > i / TOKENS % TOKENS;
            floats[i] = switch (values) {
                case "activations" -> (float) random.nextGaussian();
                case "causal" -> hidden ? 0 : probability(random);
                default -> probability(random);
            };
        }
        tensor = memory.keep(floats, SHAPE, "layer", "head", "query", "key");
        out = new byte[floats.length * text.longest() + FloatText.SLACK];
    }

    private static float probability(Random random) {
        return (float) (-Math.log(random.nextDouble()) / TOKENS);
    }

    @TearDown(Level.Trial)
    public void free() {
        memory.close();
    }

    /** On one core. */
    @Benchmark
    public int digits(Written written) {
        int length = text.write(floats, floats.length, 0, out);
        written.bytes += length;
        return length;
    }

    /** On all cores, as an answer is written. */
    @Benchmark
    public void nestedJson(Written written) throws IOException {
        NestedJson.write(tensor, new OutputStream() {
            @Override
            public void write(int one) {
                written.bytes++;
            }

            @Override
            public void write(byte[] bytes, int from, int length) {
                written.bytes += length;
            }
        });
    }
}
