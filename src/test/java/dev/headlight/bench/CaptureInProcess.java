package dev.headlight.bench;

import ai.djl.ndarray.NDManager;
import dev.headlight.model.HookedModel;
import dev.headlight.model.arch.Architectures;
import dev.headlight.model.checkpoint.Checkpoint;
import dev.headlight.model.checkpoint.MmapPolicy;
import dev.headlight.model.checkpoint.Precision;
import dev.headlight.model.checkpoint.Torch;
import dev.headlight.model.hook.Capture;
import dev.headlight.model.hook.HookName;
import dev.headlight.tensor.PackedWeight;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * One forward pass that captures every hook point, without HTTP, for {@code bench/run}: which starts this file with the
 * libraries of the jar. It stands among the tests so that each build compiles it.
 *
 * <p>Arguments: the folder of a model, the threads of one operation. For each line {@code {"do": "capture", "ids": [..]}}
 * it answers {@code {"seconds": .., "tensors": .., "bytes": ..}}. The time includes freeing the values.
 */
final class CaptureInProcess {
    private static final Pattern NUMBER = Pattern.compile("\\d+");

    public static void main(String[] args) throws IOException {
        PrintStream answers = System.out;
        System.setOut(System.err); // the log goes to stderr
        Torch torch = new Torch("cpu", Integer.parseInt(args[1]), Precision.FLOAT32, MmapPolicy.NEVER, true);
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        try (HookedModel model = new Architectures().load("small", new Checkpoint(Path.of(args[0])), torch)) {
            model.pack(PackedWeight.SMALLEST); // as the service does
            List<HookName> all = model.hookPoints().every();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                answers.println(capture(model, all, ids(line)));
            }
        }
    }

    private static int[] ids(String line) {
        return NUMBER.matcher(line.substring(line.indexOf('[')))
                .results()
                .map(MatchResult::group)
                .mapToInt(Integer::parseInt)
                .toArray();
    }

    private static String capture(HookedModel model, List<HookName> all, int[] ids) {
        long start = System.nanoTime();
        Capture capture = new Capture(all);
        long values = 0;
        try (NDManager scratch = model.newManager()) {
            model.forward(HookedModel.ids(scratch, List.of(ids)), capture);
            for (HookName name : all) {
                values += capture.value(name).size();
            }
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        return "{\"seconds\": %s, \"tensors\": %d, \"bytes\": %d}".formatted(seconds, all.size(), Float.BYTES * values);
    }

    private CaptureInProcess() {}
}
