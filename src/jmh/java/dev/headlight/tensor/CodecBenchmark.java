package dev.headlight.tensor;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Binary formats of a tensor of 4 MiB. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class CodecBenchmark {
    private final AnswerMemory memory = new AnswerMemory();
    private Tensor tensor;

    @Setup
    public void make() {
        Random random = new Random(1);
        float[] floats = new float[1 << 20];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) random.nextGaussian();
        }
        tensor = memory.keep(floats, new long[] {64, 128, 128}, "head", "query", "key");
    }

    @TearDown
    public void free() {
        memory.close();
    }

    @Benchmark
    public void safetensors() throws IOException {
        SafetensorsWriter.write(Map.of("0.attention", tensor), Map.of(), OutputStream.nullOutputStream());
    }

    @Benchmark
    public void npy() throws IOException {
        Npy.write(tensor, OutputStream.nullOutputStream());
    }

    @Benchmark
    public void base64() throws IOException {
        Base64Values.write(tensor, OutputStream.nullOutputStream());
    }
}
