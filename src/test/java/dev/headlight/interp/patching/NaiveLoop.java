package dev.headlight.interp.patching;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.interp.intervene.Ablation;
import dev.headlight.interp.intervene.InterventionRun;
import dev.headlight.interp.intervene.action.Resample;
import dev.headlight.interp.intervene.action.SeededRandom;
import dev.headlight.interp.metric.Metric;
import dev.headlight.interp.session.Session;
import dev.headlight.model.HookedModel;
import dev.headlight.model.hook.Capture;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Hooks;
import dev.headlight.model.text.Encoded;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The sweep as one would write it down: a whole run for each cell, and its parts replaced one number at a time. */
final class NaiveLoop {
    private final Session session;
    private final HookedModel model;
    private final List<Encoded> inputs;
    private final SweepQuery patch;
    private final boolean noising;
    private final SweepGrid grid;

    NaiveLoop(Session session, List<Encoded> inputs, SweepQuery patch) {
        this.session = session;
        this.model = session.model();
        this.inputs = inputs;
        this.patch = patch;
        this.noising = patch.direction() == SweepQuery.Direction.NOISING;
        this.grid = SweepGrid.of(model, patch.grid(), inputs.get(0).length());
    }

    private Encoded target() {
        return inputs.get(noising ? 0 : inputs.size() - 1);
    }

    private Encoded source() {
        return inputs.get(noising ? inputs.size() - 1 : 0);
    }

    double[] grid() {
        float[] unpatched = logits(target(), none());
        double[] found = new double[grid.size()];
        Map<HookName, float[]> own = values(target());
        Map<HookName, float[]> other = patch.ablation() == null ? values(source()) : ablated(own);
        for (int i = 0; i < found.length; i++) {
            SweepGrid.Cell cell = grid.cell(i);
            found[i] = metric(logits(target(), replacing(cell, other)), unpatched, target());
        }
        return found;
    }

    double into() {
        float[] logits = logits(target(), none());
        return metric(logits, logits, target());
    }

    double from() {
        return metric(logits(source(), none()), logits(target(), none()), source());
    }

    private static Hooks none() {
        return new Capture(Set.of());
    }

    private float[] logits(Encoded input, Hooks hooks) {
        try (NDManager scratch = session.newManager();
                InterventionRun altered = new InterventionRun(session, patch.interventions(), true)) {
            altered.check(List.of(input));
            List<int[]> rows = List.of(input.ids());
            return model.forward(
                            HookedModel.ids(scratch, rows),
                            altered.on(scratch, rows).then(hooks))
                    .toFloatArray();
        }
    }

    private Map<HookName, float[]> values(Encoded input) {
        Map<HookName, float[]> values = new HashMap<>();
        Set<HookName> hooks = grid.hooks();
        logits(input, new Hooks() {
            @Override
            public NDArray at(HookName name, NDArray value) {
                if (hooks.contains(name)) {
                    values.put(name, value.toFloatArray());
                }
                return value;
            }

            @Override
            public boolean wants(HookName name) {
                return hooks.contains(name);
            }

            @Override
            public boolean changes(HookName name) {
                return false;
            }
        });
        return values;
    }

    private Map<HookName, float[]> ablated(Map<HookName, float[]> own) {
        Map<HookName, float[]> ablated = new HashMap<>();
        own.forEach((hook, values) -> ablated.put(hook, ablated(hook, values)));
        return ablated;
    }

    private float[] ablated(HookName hook, float[] own) {
        long[] shape = grid.cell(0).slice().shape();
        float[] changed = new float[own.length];
        int axis = hook.site().isAttention() ? 1 : 0;
        int[] from = patch.ablation() == Ablation.RESAMPLE
                ? Resample.drawPositions(new SeededRandom(patch.seed()), hook, (int) shape[axis])
                : new int[0];
        for (int flat = 0; flat < own.length; flat++) {
            int[] at = unflat(flat, shape);
            changed[flat] = switch (patch.ablation()) {
                case ZERO -> Float.isInfinite(own[flat]) ? own[flat] : 0;
                case MEAN -> {
                    double sum = 0;
                    for (int p = 0; p < shape[axis]; p++) {
                        at[axis] = p;
                        sum += own[flat(at, shape)];
                    }
                    yield (float) (sum / shape[axis]);
                }
                case RESAMPLE -> {
                    at[axis] = from[at[axis]];
                    yield own[flat(at, shape)];
                }
            };
        }
        return changed;
    }

    private static int[] unflat(int flat, long[] shape) {
        int[] at = new int[shape.length];
        for (int axis = shape.length - 1; axis >= 0; axis--) {
            at[axis] = (int) (flat % shape[axis]);
            flat /= (int) shape[axis];
        }
        return at;
    }

    private static int flat(int[] at, long[] shape) {
        int flat = 0;
        for (int axis = 0; axis < at.length; axis++) {
            flat = (int) (flat * shape[axis]) + at[axis];
        }
        return flat;
    }

    private static Hooks replacing(SweepGrid.Cell cell, Map<HookName, float[]> other) {
        return new Hooks() {
            @Override
            public NDArray at(HookName name, NDArray value) {
                if (!cell.hooks().contains(name)) {
                    return value;
                }
                float[] values = value.toFloatArray();
                for (int[] at : product(cell.slice().chosen())) {
                    int flat = flat(at, cell.slice().shape());
                    values[flat] = other.get(name)[flat];
                }
                return value.getManager().create(values, value.getShape());
            }

            @Override
            public boolean wants(HookName name) {
                return cell.hooks().contains(name);
            }

            @Override
            public boolean changes(HookName name) {
                return wants(name);
            }
        };
    }

    private static List<int[]> product(int[][] chosen) {
        List<int[]> all = List.of(new int[0]);
        for (int[] axis : chosen) {
            List<int[]> longer = new ArrayList<>();
            for (int[] start : all) {
                for (int index : axis) {
                    int[] more = Arrays.copyOf(start, start.length + 1);
                    more[start.length] = index;
                    longer.add(more);
                }
            }
            all = longer;
        }
        return all;
    }

    private double metric(float[] logits, float[] unpatched, Encoded input) {
        int vocab = model.info().vocabSize();
        Metric m = patch.metric();
        int position = Math.floorMod(m.position(), input.length());
        double[] row = row(logits, position, vocab);
        return switch (m.type()) {
            case LOGIT -> row[m.answer()];
            case LOGIT_DIFFERENCE -> row[m.answer()] - row[m.foil()];
            case LOG_PROBABILITY -> logProbabilities(row)[m.answer()];
            case KL_DIVERGENCE -> {
                double[] p = logProbabilities(row(unpatched, position, vocab));
                double[] q = logProbabilities(row);
                double sum = 0;
                for (int i = 0; i < p.length; i++) {
                    sum += Math.exp(p[i]) * (p[i] - q[i]);
                }
                yield sum;
            }
            case LOSS -> {
                double sum = 0;
                for (int i = 0; i + 1 < input.length(); i++) {
                    sum -= logProbabilities(row(logits, i, vocab))[input.ids()[i + 1]];
                }
                yield sum / (input.length() - 1);
            }
        };
    }

    private static double[] row(float[] logits, int position, int vocab) {
        double[] row = new double[vocab];
        Arrays.setAll(row, i -> logits[position * vocab + i]);
        return row;
    }

    private static double[] logProbabilities(double[] logits) {
        double most = Arrays.stream(logits).max().orElseThrow();
        double log = most
                + Math.log(Arrays.stream(logits).map(x -> Math.exp(x - most)).sum());
        return Arrays.stream(logits).map(x -> x - log).toArray();
    }
}
