package dev.headlight.interp;

import dev.headlight.interp.attribution.Attribution;
import dev.headlight.interp.circuits.Circuits;
import dev.headlight.interp.circuits.EdgeAttribution;
import dev.headlight.interp.heads.HeadCircuit;
import dev.headlight.interp.heads.HeadScoreChoice;
import dev.headlight.interp.heads.HeadScores;
import dev.headlight.interp.heads.RepeatedTokens;
import dev.headlight.interp.intervene.Ablation;
import dev.headlight.interp.intervene.Intervention;
import dev.headlight.interp.lens.Lenses;
import dev.headlight.interp.lens.LogitLens;
import dev.headlight.interp.metric.Metric;
import dev.headlight.interp.patching.AttributionPatching;
import dev.headlight.interp.patching.CausalTracingNoise;
import dev.headlight.interp.patching.CleanCorrupted;
import dev.headlight.interp.patching.Patching;
import dev.headlight.interp.patching.Receiver;
import dev.headlight.interp.patching.SweepGrid;
import dev.headlight.interp.patching.SweepQuery;
import dev.headlight.interp.read.Activations;
import dev.headlight.interp.read.AttentionPatterns;
import dev.headlight.interp.read.TopNeurons;
import dev.headlight.interp.session.Session;
import dev.headlight.interp.verify.Verifier;
import dev.headlight.model.Fixture;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Site;
import dev.headlight.model.text.Encoded;
import dev.headlight.tensor.AnswerMemory;
import java.util.List;

/** One request of every analysis, on a model of two layers. */
final class EveryAnalysis {
    private static final String EVERY_ACTION = "[{'hook':'z','layer':0,'heads':[1],'action':{'type':'zero'}},"
            + "{'hook':'mlp_post','layer':0,'action':{'type':'mean'}},"
            + "{'hook':'resid_mid','layer':0,'action':{'type':'mean','reference':[[1,2],[3,4,5]]}},"
            + "{'hook':'resid_post','layer':0,'action':{'type':'scale','factor':2}},"
            + "{'hook':'resid_pre','layer':1,'action':{'type':'add','vector':[1,1,1,1,1,1,1,1,1,1,1,1]}},"
            + "{'hook':'attn_out','layer':1,'positions':[0],'action':{'type':'patch','source':[1,2]}},"
            + "{'hook':'q','layer':1,'action':{'type':'noise','std':1,'seed':2}},"
            + "{'hook':'k','layer':1,'action':{'type':'resample','seed':2}},"
            + "{'hook':'v','layer':1,'action':{'type':'resample','seed':2,'reference':[[1,2],[3,4,5],[6,7]]}},"
            + "{'hook':'resid_mid','layer':1,'action':{'type':'project_out','vector':[1,2,3,4,5,6,7,8,9,10,11,12]}},"
            + "{'hook':'mlp_pre','layer':1,'action':{'type':'clamp','min':-0.1,'max':0.1}},"
            + "{'hook':'mlp_out','layer':1,'action':{'type':'freeze'}},"
            + "{'hook':'attn_scores','layer':1,'keys':[0],'action':{'type':'mask'}},"
            + "{'hook':'pattern','layer':1,'action':{'type':'set','value':0.5}}]";

    private static final Metric DIFFERENCE = new Metric(Metric.Type.LOGIT_DIFFERENCE, 3, 5, -1);

    private final Fixture f;
    private final Session session;
    private final int[][] ids;
    private final List<Encoded> inputs;
    private final List<Encoded> pair;

    private EveryAnalysis(Fixture f, Session session) {
        this.f = f;
        this.session = session;
        this.ids = new int[][] {
            f.prompts().get("a"), f.prompts().get("b"), f.prompts().get("clean")
        };
        this.inputs = Requests.inputs(session, ids);
        this.pair = Requests.inputs(session, ids[0], ids[0].clone());
        pair.get(1).ids()[1]++;
    }

    /** Runs every analysis on a model, and closes the memory of its answers. */
    static void run(Fixture f) {
        try (AnswerMemory memory = new AnswerMemory()) {
            new EveryAnalysis(f, Requests.session(f.model(), memory)).run();
        }
    }

    private void run() {
        attention();
        activations();
        topNeurons();
        interventions();
        patching();
        pathPatching();
        ablationSweep();
        causalTracing();
        verification();
        attribution();
        attributionPatching();
        edgeAttribution();
        circuit();
        lens();
        headScores(session, Requests.inputs(session, ids[0]));
        headCircuits();
    }

    private void attention() {
        for (AttentionPatterns.Kind kind : AttentionPatterns.Kind.values()) {
            AttentionPatterns.compute(
                    session, inputs, new AttentionPatterns.Query(List.of(1, 0), List.of(1, 0), true, kind))
                    .results()
                    .get(0)
                    .attention()
                    .stream();
        }
    }

    private void activations() {
        Activations.compute(session, inputs, new Activations.Query(f.hooks(), List.of(-1)));
    }

    private void topNeurons() {
        HookName hook = new HookName(1, Site.V);
        TopNeurons.compute(session, inputs, new TopNeurons.Query(hook, 3, TopNeurons.Reduce.MAX, true));
    }

    private void interventions() {
        Requests.intervene(session, f, EVERY_ACTION, List.of("logits", "blocks.*.attn.hook_pattern"), ids);
    }

    private void patching() {
        patch(sweep(null), null, List.of(), ids[0], ids[2]);
    }

    private void pathPatching() {
        Receiver logits = new Receiver("receivers[0]", HookName.of(Site.LOGITS), null, List.of(-1), null);
        patch(sweep(null), null, List.of(logits), ids[0], ids[2]);
    }

    private void ablationSweep() {
        patch(sweep(Ablation.RESAMPLE), null, List.of(), ids[2]);
    }

    private void causalTracing() {
        patch(sweep(null), new CausalTracingNoise(List.of(0), null, 2, 1), List.of(), ids[0]);
    }

    private void patch(SweepQuery sweep, CausalTracingNoise tracing, List<Receiver> receivers, int[]... prompts) {
        Patching.Query query = new Patching.Query(sweep, tracing, receivers, true);
        Patching.compute(session, Requests.inputs(session, prompts), query, (cells, values) -> {});
    }

    private static SweepQuery sweep(Ablation ablation) {
        SweepGrid.Query grid = new SweepGrid.Query(
                "z", List.of(SweepGrid.Axis.LAYER, SweepGrid.Axis.POSITION), null, null, null, null, 1);
        Metric metric = new Metric(Metric.Type.KL_DIVERGENCE, null, null, -1);
        return new SweepQuery(grid, metric, SweepQuery.Direction.DENOISING, ablation, 0, List.of(), true);
    }

    private void verification() {
        new Verifier(session, inputs).verify();
    }

    private void attribution() {
        List<Intervention> interventions = Requests.interventions(f.model().hookPoints(), EVERY_ACTION);
        Attribution.compute(
                session,
                inputs,
                new Attribution.Query(DIFFERENCE, List.of(0, -1), false, true, null, interventions, true));
        Attribution.compute(
                session, inputs, new Attribution.Query(DIFFERENCE, null, true, false, null, List.of(), true));
    }

    private void attributionPatching() {
        SweepGrid.Query heads =
                new SweepGrid.Query("z", List.of(SweepGrid.Axis.LAYER, SweepGrid.Axis.HEAD), null, null, null, null, 1);
        SweepQuery sweep = new SweepQuery(heads, DIFFERENCE, SweepQuery.Direction.DENOISING, null, 0, List.of(), true);
        AttributionPatching.compute(session, pair, new AttributionPatching.Query(sweep, 3, 2));
    }

    private void edgeAttribution() {
        EdgeAttribution.compute(session, pair, new EdgeAttribution.Query(cleanCorrupted(), 2, 3));
    }

    private void circuit() {
        Circuits.compute(session, pair, new Circuits.Query(cleanCorrupted(), 2, 0.5, null), progress -> {});
    }

    private static CleanCorrupted cleanCorrupted() {
        return new CleanCorrupted(DIFFERENCE, SweepQuery.Direction.NOISING, null, 0, List.of(), true);
    }

    private void lens() {
        LogitLens.Query query =
                Lenses.query(LogitLens.Kind.LOGIT, f.model(), "resid_post", null, List.of(3, 4), EVERY_ACTION);
        LogitLens.compute(session, inputs, query);
    }

    /** Every head score of one input. */
    static void headScores(Session session, List<Encoded> one) {
        HeadScores.Query query = new HeadScores.Query(
                HeadScoreChoice.of(session.model(), null, 1, true),
                RepeatedTokens.of(session.model(), true, null, null, null),
                null,
                one.get(0).ids()[0],
                null,
                List.of(),
                true);
        HeadScores.compute(session, one, query);
    }

    private void headCircuits() {
        for (HeadCircuit.Kind kind : HeadCircuit.Kind.values()) {
            HeadCircuit.compute(session, inputs, new HeadCircuit.Query(1, 0, kind, 3));
        }
    }
}
