package dev.headlight.interp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.model.HookedModel;
import dev.headlight.model.arch.RandomModels;
import dev.headlight.model.hook.Capture;
import dev.headlight.model.hook.Gradients;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Hooks;
import dev.headlight.model.hook.KvCache;
import dev.headlight.model.hook.Site;
import dev.headlight.tensor.Ops;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Runs that begin at a later block and position, whose batch grows, and that are gone back through. */
class RunsOfEveryFamilyTest {
    private static final long SEED = 3;

    static List<Path> origins() {
        return RandomModels.origins();
    }

    @TempDir
    private Path scratch;

    private HookedModel model(Path origin) {
        return new RandomModels(SEED + origin.getFileName().hashCode()).next(origin, scratch);
    }

    private static int[] ids(HookedModel model, int length) {
        return new Random(SEED).ints(length, 0, model.info().vocabSize()).toArray();
    }

    /** Rows that join the batch at a later block, and positions that attend to those before them. */
    @ParameterizedTest
    @MethodSource("origins")
    void runningTheLaterPositionsOfSeveralRowsFromALaterBlockIsTheWholeRun(Path origin) {
        try (HookedModel model = model(origin);
                NDManager manager = model.newManager()) {
            int length = 7;
            int from = model.info().causal() ? 3 : 0;
            int layers = model.info().nLayers();
            Capture stream = new Capture(model.hookPoints().all("", List.of("blocks.*.hook_resid_pre")));
            KvCache past = new KvCache();
            NDArray whole = model.runBlocks(HookedModel.ids(manager, List.of(ids(model, length))), stream, past);
            NDArray start = Ops.slice(stream.value(new HookName(0, Site.RESID_PRE)), 1, from, length);
            NDArray joining = Ops.slice(stream.value(new HookName(layers - 1, Site.RESID_PRE)), 1, from, length);
            NDArray rows = model.runBlocks(0, start, joiningAt(layers - 1, joining), new KvCache.Before(past, from));
            assertThat(rows.getShape().get(0)).isEqualTo(2);
            float[] expected = Ops.slice(whole, 1, from, length).toFloatArray();
            close("the row that climbed", Ops.row(rows, 0).toFloatArray(), expected);
            close("the row that joined", Ops.row(rows, 1).toFloatArray(), expected);
        }
    }

    private static Hooks joiningAt(int layer, NDArray more) {
        HookName at = new HookName(layer, Site.RESID_PRE);
        return new Hooks() {
            @Override
            public NDArray at(HookName name, NDArray value) {
                return name.equals(at) ? Ops.concat(List.of(value, more), 0) : value;
            }

            @Override
            public boolean wants(HookName name) {
                return name.equals(at);
            }

            @Override
            public boolean changes(HookName name) {
                return wants(name);
            }
        };
    }

    /** Along a random direction, by what two small steps to either side make of the logits. */
    @ParameterizedTest
    @MethodSource("origins")
    void theGradientOfEveryHookPointIsWhatASmallStepDoes(Path origin) {
        try (HookedModel model = model(origin)) {
            for (HookName hook : model.hookPoints().every()) {
                if (hook.site() != Site.EXPERT_INDICES && hook.site() != Site.ATTN_SCORES) { // whole, and infinite
                    requireGradient(model, hook);
                }
            }
        }
    }

    private static void requireGradient(HookedModel model, HookName hook) {
        try (NDManager manager = model.newManager()) {
            NDArray ids = HookedModel.ids(manager, List.of(ids(model, 6)));
            Gradients gradients = new Gradients(List.of(hook));
            NDArray logits = model.forward(ids, gradients);
            float[] drawn = new float[(int) logits.size()];
            Random random = new Random(SEED);
            for (int i = 0; i < drawn.length; i++) {
                drawn[i] = random.nextFloat();
            }
            NDArray weights = manager.create(drawn, logits.getShape());
            gradients.backward(logits.mul(weights).sum());
            NDArray gradient = gradients.of(hook);
            NDArray direction = gradient.div(gradient.square().sum().sqrt().getFloat() + 1e-12f);
            double slope = gradient.mul(direction).sum().getFloat();
            boolean routed = model.hookPoints().sites().contains(Site.EXPERT_WEIGHTS); // a larger step changes experts
            double step = routed ? 1e-3 : 1e-2;
            double up = after(model, ids, weights, hook, direction.mul(step));
            double down = after(model, ids, weights, hook, direction.mul(-step));
            double rounding = 1e-4 * logits.abs().sum().getFloat() / step;
            assertThat((up - down) / (2 * step))
                    .as(hook.toString())
                    .isCloseTo(slope, offset(0.05 * Math.abs(slope) + rounding));
        }
    }

    private static double after(HookedModel model, NDArray ids, NDArray weights, HookName hook, NDArray change) {
        NDArray logits = model.forward(ids, new Hooks() {
            @Override
            public NDArray at(HookName name, NDArray value) {
                return name.equals(hook) ? value.add(change) : value;
            }

            @Override
            public boolean wants(HookName name) {
                return name.equals(hook);
            }

            @Override
            public boolean changes(HookName name) {
                return wants(name);
            }
        });
        return logits.mul(weights).sum().getFloat();
    }

    private static void close(String what, float[] ours, float[] expected) {
        assertThat(ours).hasSameSizeAs(expected);
        float largest = 0;
        for (float value : expected) {
            largest = Math.max(largest, Math.abs(value));
        }
        for (int i = 0; i < ours.length; i++) {
            assertThat(ours[i]).as(what + " at " + i).isCloseTo(expected[i], offset(1e-5f + 3e-6f * largest));
        }
    }
}
