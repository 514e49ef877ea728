package dev.headlight.interp;

import dev.headlight.interp.attribution.Attribution;
import dev.headlight.interp.circuits.Circuits;
import dev.headlight.interp.heads.HeadCircuit;
import dev.headlight.interp.heads.HeadScoreChoice;
import dev.headlight.interp.heads.HeadScoreKind;
import dev.headlight.interp.heads.HeadScores;
import dev.headlight.interp.heads.RepeatedTokens;
import dev.headlight.interp.intervene.Intervention;
import dev.headlight.interp.intervene.Interventions;
import dev.headlight.interp.lens.LensHookNames;
import dev.headlight.interp.lens.LogitLens;
import dev.headlight.interp.metric.Metric;
import dev.headlight.interp.patching.AttributionPatching;
import dev.headlight.interp.patching.CleanCorrupted;
import dev.headlight.interp.patching.Patching;
import dev.headlight.interp.patching.Receiver;
import dev.headlight.interp.patching.SweepGrid;
import dev.headlight.interp.patching.SweepQuery;
import dev.headlight.interp.read.Activations;
import dev.headlight.interp.read.AttentionPatterns;
import dev.headlight.interp.read.TopNeurons;
import dev.headlight.interp.session.Session;
import dev.headlight.model.HookedModel;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Site;
import dev.headlight.model.text.Encoded;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Requests of every analysis, drawn at random for a model. */
final class RandomRequests {
    private static final int MOVED = 3; // the token of a name mover's input

    /** The computation of an analysis, and its dry run. */
    record Request(Run compute, Run dryRun) {
        private static Request of(Run both) {
            return new Request(both, both);
        }
    }

    /** An analysis on the inputs that it gets. */
    interface Run {
        void on(Session session, List<Encoded> inputs);
    }

    private final HookedModel model;
    private final ModelInfo info;
    private final Random random;
    private final RandomInputs inputs;
    private final RandomInterventions randomInterventions;

    RandomRequests(HookedModel model, Random random, int longest) {
        this.model = model;
        this.info = model.info();
        this.random = random;
        this.inputs = new RandomInputs(model, random, longest);
        this.randomInterventions = new RandomInterventions(model, random, inputs);
    }

    /** One to four inputs of at most two lengths. */
    int[][] inputs() {
        return inputs.inputs();
    }

    /** Two inputs of one length. */
    int[][] pair() {
        return inputs.pair();
    }

    Request attention() {
        AttentionPatterns.Query query = new AttentionPatterns.Query(
                inputs.some(info.nLayers()),
                inputs.some(info.nHeads()),
                random.nextBoolean(),
                AttentionPatterns.Kind.values()[random.nextInt(3)]);
        return Request.of((session, inputs) -> AttentionPatterns.compute(session, inputs, query));
    }

    Request activations() {
        Activations.Query query =
                new Activations.Query(inputs.hooks(1 + random.nextInt(8)), inputs.some(RandomInputs.SHORTEST));
        return Request.of((session, inputs) -> Activations.compute(session, inputs, query));
    }

    Request topNeurons() {
        List<HookName> points = model.hookPoints().every().stream()
                .filter(hook -> !hook.site().isAttention())
                .toList();
        HookName hook = points.get(random.nextInt(points.size()));
        TopNeurons.Query query = new TopNeurons.Query(hook, 1, TopNeurons.Reduce.MEAN, random.nextBoolean());
        return new Request(
                (session, inputs) -> TopNeurons.compute(session, inputs, query),
                (session, inputs) -> TopNeurons.dryRun(session, inputs, query));
    }

    Request interventions() {
        List<Intervention> interventions = IntStream.range(0, 1 + random.nextInt(3))
                .mapToObj(i -> randomInterventions.next())
                .toList();
        Interventions.Query query = new Interventions.Query(
                interventions,
                random.nextBoolean() ? List.of() : inputs.hooks(1 + random.nextInt(5)),
                1,
                -1,
                0,
                null,
                true);
        return new Request(
                (session, inputs) -> Interventions.compute(session, inputs, query),
                (session, inputs) -> Interventions.dryRun(session, inputs, query));
    }

    Request lens() {
        List<String> sites = List.of("resid_pre", "attn_out", "mlp_out", "resid_post");
        LogitLens.Query query = new LogitLens.Query(
                LogitLens.Kind.LOGIT,
                LensHookNames.of(
                        model.hookPoints(), info.nLayers(), sites.get(random.nextInt(4)), inputs.some(info.nLayers())),
                inputs.some(RandomInputs.SHORTEST),
                1 + random.nextInt(10),
                random.nextBoolean(),
                random.nextBoolean() ? List.of() : inputs.few(info.vocabSize()),
                random.nextBoolean(),
                random.nextBoolean() ? List.of() : List.of(randomInterventions.next()),
                true);
        return new Request(
                (session, inputs) -> LogitLens.compute(session, inputs, query),
                (session, inputs) -> LogitLens.dryRun(session, inputs, query));
    }

    Request heads() {
        boolean mover = model.weightAnalyses().readsLinearly() && random.nextBoolean();
        HeadScores.Query query = new HeadScores.Query(
                HeadScoreChoice.of(model, mover ? List.of(HeadScoreKind.NAME_MOVER) : null, 1, mover),
                RepeatedTokens.of(model, true, null, 1 + random.nextInt(20), null),
                1,
                mover ? MOVED : null,
                null,
                List.of(),
                true);
        return Request.of((session, inputs) -> {
            List<Encoded> one = mover ? List.of(moved(session)) : inputs;
            HeadScores.compute(session, one, query);
        });
    }

    private Encoded moved(Session session) {
        int[] ids = new int[RandomInputs.SHORTEST];
        Arrays.fill(ids, MOVED);
        return Requests.inputs(session, ids).get(0);
    }

    /** Null where the model has none. */
    @Nullable
    Request attribution() {
        if (!model.weightAnalyses().readsLinearly()) {
            return null;
        }
        boolean bySource = random.nextBoolean();
        Attribution.Query query = new Attribution.Query(
                new Metric(Metric.Type.LOGIT_DIFFERENCE, 0, 1, -1),
                bySource ? null : inputs.few(RandomInputs.SHORTEST),
                bySource,
                info.nExperts() == 0 && random.nextBoolean(),
                5,
                List.of(),
                true);
        return Request.of((session, inputs) -> Attribution.compute(session, inputs, query));
    }

    /** Of a {@link #pair}. */
    Request patching() {
        List<Site> sites = model.hookPoints().sites().stream()
                .filter(site -> site.perLayer() && site.hasHeads() && !site.isAttention())
                .toList();
        List<SweepGrid.Axis> over =
                List.of(SweepGrid.Axis.LAYER, random.nextBoolean() ? SweepGrid.Axis.HEAD : SweepGrid.Axis.POSITION);
        SweepGrid.Query grid = new SweepGrid.Query(
                sites.get(random.nextInt(sites.size())).shortName(),
                over,
                null,
                inputs.some(RandomInputs.SHORTEST),
                null,
                null,
                1);
        Metric metric = new Metric(Metric.Type.values()[random.nextInt(4)], 0, 1, -1);
        SweepQuery patch = new SweepQuery(grid, metric, SweepQuery.Direction.DENOISING, null, 0, List.of(), true);
        HookName last = new HookName(info.nLayers() - 1, Site.RESID_POST);
        List<Receiver> receivers =
                random.nextBoolean() ? List.of() : List.of(new Receiver("receivers[0]", last, null, null, null));
        Patching.Query query = new Patching.Query(patch, null, receivers, true);
        return Request.of((session, inputs) -> Patching.compute(session, inputs, query, (cells, values) -> {}));
    }

    /** The weights of one head, over the vocabulary. */
    Request headCircuit() {
        HeadCircuit.Query query = new HeadCircuit.Query(
                random.nextInt(info.nLayers()),
                random.nextInt(info.nHeads()),
                model.weightAnalyses().readsLinearly() && random.nextBoolean()
                        ? HeadCircuit.Kind.OV
                        : HeadCircuit.Kind.QK,
                1 + random.nextInt(10));
        return Request.of((session, inputs) -> HeadCircuit.compute(session, inputs, query));
    }

    /** Of a {@link #pair}, with gradients. */
    Request attributionPatching() {
        SweepGrid.Axis other = random.nextBoolean() ? SweepGrid.Axis.HEAD : SweepGrid.Axis.POSITION;
        SweepGrid.Query grid =
                new SweepGrid.Query("z", List.of(SweepGrid.Axis.LAYER, other), null, null, null, null, 1);
        SweepQuery patch = new SweepQuery(grid, metric(), SweepQuery.Direction.DENOISING, null, 0, List.of(), true);
        AttributionPatching.Query query =
                new AttributionPatching.Query(patch, 1 + random.nextInt(3), random.nextBoolean() ? null : 2);
        return Request.of((session, inputs) -> AttributionPatching.compute(session, inputs, query));
    }

    /** Of a {@link #pair}, with gradients; null where the model has no graph of edges. */
    @Nullable
    Request circuit() {
        if (!model.weightAnalyses().streamIsASum()) {
            return null;
        }
        CleanCorrupted contrast = new CleanCorrupted(metric(), SweepQuery.Direction.NOISING, null, 0, List.of(), true);
        Circuits.Query query = new Circuits.Query(contrast, 1 + random.nextInt(3), 0.5, null);
        return Request.of((session, inputs) -> Circuits.compute(session, inputs, query, progress -> {}));
    }

    private static Metric metric() {
        return new Metric(Metric.Type.LOGIT_DIFFERENCE, 0, 1, -1);
    }
}
