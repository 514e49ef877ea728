package dev.headlight.interp.patching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.interp.Requests;
import dev.headlight.interp.intervene.action.HookSlice;
import dev.headlight.interp.metric.Metric;
import dev.headlight.interp.session.Session;
import dev.headlight.model.HookedModel;
import dev.headlight.model.arch.RandomModels;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Hooks;
import dev.headlight.model.hook.Site;
import dev.headlight.model.text.Encoded;
import dev.headlight.tensor.AnswerMemory;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Path patching against the two runs per sender that the papers describe, written out as plain full runs. */
class PathPatchingTest {
    private static final long SEED = 5;
    private static final int LENGTH = 5;
    private static final List<SweepGrid.Axis> POSITIONS = List.of(SweepGrid.Axis.LAYER, SweepGrid.Axis.POSITION);

    static List<Path> origins() {
        return RandomModels.origins();
    }

    @TempDir
    private Path scratch;

    private HookedModel model;
    private Session session;
    private Random random;

    private void with(Path origin, Runnable body) {
        random = new Random(SEED + origin.getFileName().hashCode());
        try (HookedModel drawn = new RandomModels(random.nextLong()).next(origin, scratch);
                AnswerMemory kept = new AnswerMemory()) {
            model = drawn;
            session = Requests.session(drawn, kept);
            body.run();
        }
    }

    /** Replaces values at hook points, and records the values that were there before. */
    private static final class Script implements Hooks {
        private final Map<HookName, float[]> seen = new HashMap<>();
        private final Map<HookName, UnaryOperator<float[]>> replacements = new HashMap<>();

        @Override
        public NDArray at(HookName name, NDArray value) {
            float[] values = value.toFloatArray();
            seen.put(name, values);
            UnaryOperator<float[]> change = replacements.getOrDefault(name, UnaryOperator.identity());
            return value.getManager().create(change.apply(values), value.getShape());
        }

        @Override
        public boolean wants(HookName name) {
            return true;
        }

        @Override
        public boolean changes(HookName name) {
            return replacements.containsKey(name);
        }
    }

    private float[] logits(Encoded input, Script script) {
        try (NDManager manager = session.newManager()) {
            return model.forward(HookedModel.ids(manager, List.of(input.ids())), script)
                    .toFloatArray();
        }
    }

    private static float[] replaced(float[] own, float[] by, HookSlice slice) {
        float[] changed = own.clone();
        long[] shape = slice.shape();
        for (int flat = 0; flat < own.length; flat++) {
            int rest = flat;
            boolean in = true;
            for (int axis = shape.length - 1; axis >= 0; axis--) {
                int index = (int) (rest % shape[axis]);
                rest /= (int) shape[axis];
                in &= Arrays.stream(slice.chosen()[axis]).anyMatch(i -> i == index);
            }
            changed[flat] = in ? by[flat] : own[flat];
        }
        return changed;
    }

    private double naive(
            List<Encoded> inputs, SweepGrid.Cell cell, List<Receiver> receivers, boolean freezeMlps, int answer) {
        Script source = new Script();
        logits(inputs.get(0), source);
        Script base = new Script();
        logits(inputs.get(1), base);
        Script frozen = new Script();
        HookName sender = cell.hooks().get(0);
        for (int layer = 0; layer < model.info().nLayers(); layer++) {
            HookName z = new HookName(layer, Site.Z);
            HookName mlp = new HookName(layer, Site.MLP_OUT);
            frozen.replacements.put(z, own -> base.seen.get(z));
            if (freezeMlps && !(sender.layer() == layer && sender.site().isWithinMlp())) {
                frozen.replacements.put(mlp, own -> base.seen.get(mlp));
            }
        }
        frozen.replacements.put(sender, own -> replaced(base.seen.get(sender), source.seen.get(sender), cell.slice()));
        logits(inputs.get(1), frozen);
        Script receiverRun = new Script();
        for (Receiver receiver : receivers) {
            HookName hook = receiver.hook();
            HookSlice slice = receiver.slice(model.info(), LENGTH);
            receiverRun.replacements.put(hook, own -> replaced(own, frozen.seen.get(hook), slice));
        }
        float[] logits = logits(inputs.get(1), receiverRun);
        return logits[(LENGTH - 1) * model.info().vocabSize() + answer];
    }

    private static Receiver receiver(HookName hook, List<Integer> heads, List<Integer> positions) {
        return new Receiver("receivers[0]", hook, heads, positions, null);
    }

    private List<List<Receiver>> receivers() {
        int last = model.info().nLayers() - 1;
        int some = random.nextInt(last + 1);
        return List.of(
                List.of(receiver(new HookName(last, Site.RESID_POST), null, null)),
                List.of(receiver(HookName.of(Site.LOGITS), null, List.of(-1))),
                List.of(
                        receiver(new HookName(some, Site.Q), List.of(0), null),
                        receiver(new HookName(last, Site.V), null, List.of(1, -1)),
                        receiver(new HookName(some, Site.MLP_OUT), null, null)));
    }

    private List<SweepGrid.Query> senders() {
        SweepGrid.Query heads =
                new SweepGrid.Query("z", List.of(SweepGrid.Axis.LAYER, SweepGrid.Axis.HEAD), null, null, null, null, 1);
        SweepGrid.Query mlps = new SweepGrid.Query("mlp_out", POSITIONS, null, List.of(-1, 0, 2), null, null, 1);
        SweepGrid.Query stream = new SweepGrid.Query("resid_pre", POSITIONS, null, List.of(1, 3), null, null, 1);
        boolean neurons = model.hookPoints().sites().contains(Site.MLP_POST);
        return neurons
                ? List.of(
                        heads,
                        mlps,
                        stream,
                        new SweepGrid.Query("mlp_post", POSITIONS, null, List.of(2), null, null, 1))
                : List.of(heads, mlps, stream);
    }

    @ParameterizedTest
    @MethodSource("origins")
    void everyCellIsWhatTheReceiversMakeOfItsDirectPath(Path origin) {
        with(origin, () -> {
            int[][] ids = new int[2][];
            int vocab = model.info().vocabSize();
            Arrays.setAll(ids, i -> random.ints(LENGTH, 0, vocab).toArray());
            List<Encoded> inputs = Requests.inputs(session, ids);
            Metric metric = new Metric(Metric.Type.LOGIT, random.nextInt(vocab), null, -1);
            for (SweepGrid.Query senders : senders()) {
                for (List<Receiver> receivers : receivers()) {
                    boolean freezeMlps = random.nextBoolean();
                    SweepQuery patch =
                            new SweepQuery(senders, metric, SweepQuery.Direction.DENOISING, null, 0, List.of(), true);
                    Patching.Query query = new Patching.Query(patch, null, receivers, freezeMlps);
                    Patching.Answer answer = Patching.compute(session, inputs, query, (cells, values) -> {});
                    float[] found = answer.grid().toFloats();
                    SweepGrid grid = SweepGrid.of(model, senders, LENGTH);
                    for (int i = 0; i < found.length; i++) {
                        SweepGrid.Cell cell = grid.cell(i);
                        boolean within = receivers.stream()
                                .anyMatch(r -> cell.hooks().contains(r.hook())); // a cell is no receiver of itself
                        double expected = naive(inputs, cell, receivers, freezeMlps, metric.answer());
                        if (!within) {
                            assertThat((double) found[i])
                                    .as(query + " at " + i)
                                    .isCloseTo(expected, offset(2e-4 + 2e-4 * Math.abs(expected)));
                        }
                    }
                    assertThat(answer.work().tokenLayers()).isLessThanOrEqualTo(closedForm(grid, receivers));
                }
            }
        });
    }

    /** As the documentation has it. */
    private long closedForm(SweepGrid grid, List<Receiver> receivers) {
        int layers = model.info().nLayers();
        int lowest = receivers.stream()
                .mapToInt(r -> r.hook().site().perLayer() ? r.hook().layer() : layers)
                .min()
                .orElseThrow();
        return IntStream.range(0, grid.size())
                .mapToLong(i -> {
                    int first = model.info().causal() ? grid.cell(i).firstPosition() : 0;
                    return (long) (2 * layers - grid.cell(i).lowestLayer() - lowest) * (LENGTH - first);
                })
                .sum();
    }

    @Test
    void aWindowHasNoReceivers() {
        with(origins().get(0), () -> {
            SweepGrid.Query wide = new SweepGrid.Query("z", POSITIONS, null, null, null, null, 2);
            Metric metric = new Metric(Metric.Type.LOGIT, 0, null, -1);
            SweepQuery patch = new SweepQuery(wide, metric, SweepQuery.Direction.DENOISING, null, 0, List.of(), true);
            List<Receiver> receivers = List.of(receiver(HookName.of(Site.LOGITS), null, null));
            List<Encoded> inputs = Requests.inputs(session, new int[] {1, 2}, new int[] {3, 4});
            assertThatThrownBy(() -> Patching.compute(
                            session, inputs, new Patching.Query(patch, null, receivers, true), (cells, values) -> {}))
                    .isInstanceOf(BadSelection.class)
                    .hasMessageContaining("must be 1")
                    .extracting("field")
                    .isEqualTo("window");
        });
    }
}
