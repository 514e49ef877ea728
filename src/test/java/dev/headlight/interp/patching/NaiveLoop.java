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
    private final SweepQuery query;
    private final boolean noising;
    private final SweepGrid grid;

    NaiveLoop(Session session, List<Encoded> inputs, SweepQuery query) {
        this.session = session;
        this.model = session.model();
        this.inputs = inputs;
        this.query = query;
        this.noising = query.direction() == SweepQuery.Direction.NOISING;
        this.grid = SweepGrid.of(model, query.grid(), inputs.get(0).length());
    }

    private Encoded base() {
        return inputs.get(noising ? 0 : inputs.size() - 1);
    }

    private Encoded source() {
        return inputs.get(noising ? inputs.size() - 1 : 0);
    }

    double[] grid() {
        float[] unpatched = logits(base(), none());
        double[] found = new double[grid.size()];
        Map<HookName, float[]> baseValues = values(base());
        Map<HookName, float[]> sourceValues = query.ablation() == null ? values(source()) : ablated(baseValues);
        for (int i = 0; i < found.length; i++) {
            SweepGrid.Cell cell = grid.cell(i);
            found[i] = metric(logits(base(), replacing(cell, sourceValues)), unpatched, base());
        }
        return found;
    }

    double baseMetric() {
        float[] logits = logits(base(), none());
        return metric(logits, logits, base());
    }

    double sourceMetric() {
        return metric(logits(source(), none()), logits(base(), none()), source());
    }

    private static Hooks none() {
        return new Capture(Set.of());
    }

    private float[] logits(Encoded input, Hooks hooks) {
        try (NDManager scratch = session.newManager();
                InterventionRun interventionRun = new InterventionRun(session, query.interventions(), true)) {
            interventionRun.check(List.of(input));
            List<int[]> rows = List.of(input.ids());
            return model.forward(
                            HookedModel.ids(scratch, rows),
                            interventionRun.on(scratch, rows).then(hooks))
                    .toFloatArray();
        }
    }

    private Map<HookName, float[]> values(Encoded input) {
        Map<HookName, float[]> values = new HashMap<>();
        Set<HookName> hooks = grid.hookNames();
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

    private Map<HookName, float[]> ablated(Map<HookName, float[]> baseValues) {
        Map<HookName, float[]> ablated = new HashMap<>();
        baseValues.forEach((hook, values) -> ablated.put(hook, ablated(hook, values)));
        return ablated;
    }

    private float[] ablated(HookName hook, float[] baseValues) {
        long[] shape = grid.cell(0).slice().shape();
        float[] changed = new float[baseValues.length];
        int axis = hook.site().isAttention() ? 1 : 0;
        int[] from = query.ablation() == Ablation.RESAMPLE
                ? Resample.drawPositions(new SeededRandom(query.seed()), hook, (int) shape[axis])
                : new int[0];
        for (int flat = 0; flat < baseValues.length; flat++) {
            int[] at = unflat(flat, shape);
            changed[flat] = switch (query.ablation()) {
                case ZERO -> Float.isInfinite(baseValues[flat]) ? baseValues[flat] : 0;
                case MEAN -> {
                    double sum = 0;
                    for (int p = 0; p < shape[axis]; p++) {
                        at[axis] = p;
                        sum += baseValues[flat(at, shape)];
                    }
                    yield (float) (sum / shape[axis]);
                }
                case RESAMPLE -> {
                    at[axis] = from[at[axis]];
                    yield baseValues[flat(at, shape)];
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

    private static Hooks replacing(SweepGrid.Cell cell, Map<HookName, float[]> sourceValues) {
        return new Hooks() {
            @Override
            public NDArray at(HookName name, NDArray value) {
                if (!cell.hooks().contains(name)) {
                    return value;
                }
                float[] values = value.toFloatArray();
                for (int[] at : product(cell.slice().chosen())) {
                    int flat = flat(at, cell.slice().shape());
                    values[flat] = sourceValues.get(name)[flat];
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
        Metric m = query.metric();
        int position = Math.floorMod(m.position() == null ? -1 : m.position(), input.length());
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
