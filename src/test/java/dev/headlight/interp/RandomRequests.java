package dev.headlight.interp;

import dev.headlight.interp.attribution.Attribution;
import dev.headlight.interp.circuits.Circuits;
import dev.headlight.interp.heads.HeadScoreChoice;
import dev.headlight.interp.heads.HeadCircuit;
import dev.headlight.interp.heads.HeadScoreKind;
import dev.headlight.interp.heads.HeadScores;
import dev.headlight.interp.heads.RepeatedTokens;
import dev.headlight.interp.intervene.Intervention;
import dev.headlight.interp.intervene.Interventions;
import dev.headlight.interp.intervene.action.Action;
import dev.headlight.interp.intervene.action.Add;
import dev.headlight.interp.intervene.action.Clamp;
import dev.headlight.interp.intervene.action.Freeze;
import dev.headlight.interp.intervene.action.Mask;
import dev.headlight.interp.intervene.action.Mean;
import dev.headlight.interp.intervene.action.Noise;
import dev.headlight.interp.intervene.action.ProjectOut;
import dev.headlight.interp.intervene.action.Resample;
import dev.headlight.interp.intervene.action.Scale;
import dev.headlight.interp.intervene.action.SeededRandom;
import dev.headlight.interp.intervene.action.Set;
import dev.headlight.interp.intervene.action.Zero;
import dev.headlight.interp.lens.LensHooks;
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
import dev.headlight.interp.session.Input;
import dev.headlight.interp.session.Session;
import dev.headlight.model.HookedModel;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Site;
import dev.headlight.model.text.Encoded;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Requests of every analysis, drawn at random for a model. */
final class RandomRequests {
    private static final int SHORTEST = 30;
    private static final int MOVED = 3; // a token

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
    private final int longest;

    RandomRequests(HookedModel model, Random random, int longest) {
        this.model = model;
        this.info = model.info();
        this.random = random;
        this.longest = longest;
    }

    /** One to four inputs, some of one length. */
    int[][] inputs() {
        int[] lengths = {length(), length()};
        int[][] inputs = new int[1 + random.nextInt(4)][];
        Arrays.setAll(inputs, i -> ids(lengths[random.nextInt(2)]));
        return inputs;
    }

    private int length() {
        return SHORTEST + random.nextInt(longest - SHORTEST + 1);
    }

    private int[] ids(int length) {
        return random.ints(length, 0, info.vocabSize()).toArray();
    }

    Request attention() {
        AttentionPatterns.Query query = new AttentionPatterns.Query(
                some(info.nLayers()),
                some(info.nHeads()),
                random.nextBoolean(),
                AttentionPatterns.Kind.values()[random.nextInt(3)]);
        return Request.of((session, inputs) -> AttentionPatterns.compute(session, inputs, query));
    }

    Request activations() {
        Activations.Query query = new Activations.Query(hooks(1 + random.nextInt(8)), someOf(SHORTEST));
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
                .mapToObj(i -> intervention())
                .toList();
        Interventions.Query query = new Interventions.Query(
                interventions, random.nextBoolean() ? List.of() : hooks(1 + random.nextInt(5)), 1, -1, 0, null, true);
        return new Request(
                (session, inputs) -> Interventions.compute(session, inputs, query),
                (session, inputs) -> Interventions.dryRun(session, inputs, query));
    }

    Request lens() {
        List<String> sites = List.of("resid_pre", "attn_out", "mlp_out", "resid_post");
        LogitLens.Query query = new LogitLens.Query(
                LogitLens.Kind.LOGIT,
                LensHooks.of(model.hookPoints(), info.nLayers(), sites.get(random.nextInt(4)), some(info.nLayers())),
                someOf(SHORTEST),
                1 + random.nextInt(10),
                random.nextBoolean(),
                random.nextBoolean() ? List.of() : few(info.vocabSize()),
                random.nextBoolean(),
                random.nextBoolean() ? List.of() : List.of(intervention()),
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
        int[] ids = new int[SHORTEST];
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
                bySource ? null : few(SHORTEST),
                bySource,
                info.nExperts() == 0 && random.nextBoolean(),
                5,
                List.of(),
                true);
        return Request.of((session, inputs) -> Attribution.compute(session, inputs, query));
    }

    /** Two of one length. */
    int[][] pair() {
        int length = length();
        return new int[][] {ids(length), ids(length)};
    }

    /** Of a {@link #pair}. */
    Request patching() {
        List<Site> sites = model.hookPoints().sites().stream()
                .filter(site -> site.perLayer() && site.hasHeads() && !site.isAttention())
                .toList();
        List<SweepGrid.Axis> over =
                List.of(SweepGrid.Axis.LAYER, random.nextBoolean() ? SweepGrid.Axis.HEAD : SweepGrid.Axis.POSITION);
        SweepGrid.Query grid = new SweepGrid.Query(
                sites.get(random.nextInt(sites.size())).shortName(), over, null, someOf(SHORTEST), null, null, 1);
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
        return Request.of((session, inputs) -> Circuits.compute(session, inputs, query));
    }

    private static Metric metric() {
        return new Metric(Metric.Type.LOGIT_DIFFERENCE, 0, 1, -1);
    }

    private Intervention intervention() {
        List<HookName> points = model.hookPoints().every().stream()
                .filter(hook -> hook.site() != Site.EXPERT_INDICES && hook.site() != Site.EXPERT_WEIGHTS)
                .toList();
        HookName hook = points.get(random.nextInt(points.size()));
        List<Integer> heads = hook.site().hasHeads() && random.nextBoolean() ? some(info.heads(hook.site())) : null;
        List<Integer> positions = someOf(SHORTEST);
        return new Intervention("i", hook, null, heads, positions, null, action(hook, positions));
    }

    private Action action(HookName hook, List<Integer> positions) {
        boolean causalScores = hook.site() == Site.ATTN_SCORES && info.causal();
        return switch (random.nextInt(11)) {
            case 0 -> new Zero();
            case 1 -> new Set(0.5);
            case 2 -> new Scale(2);
            case 3 -> new Noise(0.1, new SeededRandom(random.nextInt(100)));
            case 4 ->
                hook.site().isAttention()
                        ? new Scale(0.5)
                        : new Add(Collections.nCopies(info.width(hook.site(), 1), 0.5), 1);
            case 5 -> new Freeze();
            case 6 -> new Clamp(-0.1, random.nextBoolean() ? 0.1 : null);
            case 7 ->
                hook.site().isAttention()
                        ? new Freeze()
                        : new Resample(new SeededRandom(random.nextInt(100)), reference(hook));
            case 8 ->
                hook.site().isAttention()
                        ? new Set(1)
                        : new ProjectOut(Collections.nCopies(info.width(hook.site(), 1), 0.5), 1);
            case 9 -> causalScores ? new Mask() : new Mean(reference(hook));
            default ->
                hook.site().isAttention() || positions == null
                        ? new Scale(0)
                        : new dev.headlight.interp.intervene.action.Patch(
                                Requests.input("source", ids(length())), positions);
        };
    }

    private Input reference(HookName hook) {
        return hook.site().isAttention() || random.nextBoolean() ? null : Requests.input("reference", inputs());
    }

    private List<HookName> hooks(int most) {
        List<HookName> hooks = new ArrayList<>(model.hookPoints().every());
        Collections.shuffle(hooks, random);
        return hooks.subList(0, Math.min(most, hooks.size()));
    }

    /** All, or a few of so many in any order. */
    private List<Integer> some(int size) {
        return random.nextBoolean() ? null : few(size);
    }

    private List<Integer> someOf(int size) {
        return some(size);
    }

    private List<Integer> few(int size) {
        List<Integer> all = new ArrayList<>(IntStream.range(0, size).boxed().toList());
        Collections.shuffle(all, random);
        return all.subList(0, 1 + random.nextInt(size));
    }
}
