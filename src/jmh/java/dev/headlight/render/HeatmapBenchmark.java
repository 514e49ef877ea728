package dev.headlight.render;

import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Heatmaps of the attention over 15 tokens: of one head, or of 4 layers with 8 heads. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class HeatmapBenchmark {
    private static final List<String> TOKENS = List.of(
            "<|endoftext|>",
            "When",
            " Mary",
            " and",
            " John",
            " went",
            " to",
            " the",
            " store",
            " ,",
            " John",
            " gave",
            " a",
            " drink",
            " to");

    @Param({"1", "32"})
    public int heads;

    private Figure figure;

    @Setup
    public void make() {
        List<Panel> panels =
                IntStream.range(0, heads).mapToObj(HeatmapBenchmark::panel).toList();
        figure = new Figure("micro, attention pattern", panels, 8, Scale.viridis(panels, "attention probability"));
    }

    private static Panel panel(int head) {
        Random random = new Random(head);
        float[] values = new float[TOKENS.size() * TOKENS.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = i % TOKENS.size() > i / TOKENS.size() ? 0 : random.nextFloat();
        }
        return new Panel("head " + head, values, new Axis("query", TOKENS), new Axis("key", TOKENS));
    }

    @Benchmark
    public byte[] png() {
        var file = new ByteArrayOutputStream();
        figure.png(file);
        return file.toByteArray();
    }

    @Benchmark
    public byte[] svg() {
        var file = new ByteArrayOutputStream();
        figure.svg(file);
        return file.toByteArray();
    }
}
