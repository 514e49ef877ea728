package dev.headlight.interp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.headlight.interp.attribution.Attribution;
import dev.headlight.interp.circuits.Circuits;
import dev.headlight.interp.circuits.EdgeAttribution;
import dev.headlight.interp.heads.HeadScoreChoice;
import dev.headlight.interp.heads.HeadCircuit;
import dev.headlight.interp.heads.HeadScores;
import dev.headlight.interp.heads.RepeatedTokens;
import dev.headlight.interp.intervene.Ablation;
import dev.headlight.interp.intervene.Intervention;
import dev.headlight.interp.lens.Lenses;
import dev.headlight.interp.lens.LogitLens;
import dev.headlight.interp.metric.Metric;
import dev.headlight.interp.patching.AttributionPatching;
import dev.headlight.interp.patching.CausalTracing;
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
import dev.headlight.model.HookedModel;
import dev.headlight.model.NativeArrays;
import dev.headlight.model.arch.Architectures;
import dev.headlight.model.checkpoint.Checkpoint;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.fault.ModelRefused;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Site;
import dev.headlight.model.text.Encoded;
import dev.headlight.tensor.AnswerMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Native memory: whatever a request made is gone with its answer. */
class MemoryTest {
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

    @TempDir
    private Path folder;

    private static void everyAnalysis(Fixture f) {
        int[][] inputs = {
            f.prompts().get("a"), f.prompts().get("b"), f.prompts().get("clean")
        };
        try (AnswerMemory kept = new AnswerMemory()) {
            Session session = Requests.session(f.model(), kept);
            for (AttentionPatterns.Kind kind : AttentionPatterns.Kind.values()) {
                AttentionPatterns.compute(
                        session,
                        Requests.inputs(session, inputs),
                        new AttentionPatterns.Query(List.of(1, 0), List.of(1, 0), true, kind))
                        .results()
                        .get(0)
                        .attention()
                        .stream();
            }
            Activations.compute(
                    session, Requests.inputs(session, inputs), new Activations.Query(f.hooks(), List.of(-1)));
            TopNeurons.compute(
                    session,
                    Requests.inputs(session, inputs),
                    new TopNeurons.Query(new HookName(1, Site.V), 3, TopNeurons.Reduce.MAX, true));
            Requests.intervene(session, f, EVERY_ACTION, List.of("logits", "blocks.*.attn.hook_pattern"), inputs);
            patching(session, inputs[0], inputs[2]);
            new Verifier(session, Requests.inputs(session, inputs)).verify();
            Metric metric = new Metric(Metric.Type.LOGIT_DIFFERENCE, 3, 5, -1);
            List<Intervention> interventions = Requests.interventions(f.model().hookPoints(), EVERY_ACTION);
            Attribution.compute(
                    session,
                    Requests.inputs(session, inputs),
                    new Attribution.Query(metric, List.of(0, -1), false, true, null, interventions, true));
            Attribution.compute(
                    session,
                    Requests.inputs(session, inputs),
                    new Attribution.Query(metric, null, true, false, null, List.of(), true));
            List<Encoded> two = Requests.inputs(session, inputs[0], inputs[0].clone());
            two.get(1).ids()[1]++;
            SweepGrid.Query heads = new SweepGrid.Query(
                    "z", List.of(SweepGrid.Axis.LAYER, SweepGrid.Axis.HEAD), null, null, null, null, 1);
            SweepQuery patch = new SweepQuery(heads, metric, SweepQuery.Direction.DENOISING, null, 0, List.of(), true);
            AttributionPatching.compute(session, two, new AttributionPatching.Query(patch, 3, 2));
            CleanCorrupted contrast =
                    new CleanCorrupted(metric, SweepQuery.Direction.NOISING, null, 0, List.of(), true);
            EdgeAttribution.compute(session, two, new EdgeAttribution.Query(contrast, 2, 3));
            Circuits.compute(session, two, new Circuits.Query(contrast, 2, 0.5, null));
            LogitLens.compute(
                    session,
                    Requests.inputs(session, inputs),
                    Lenses.query(LogitLens.Kind.LOGIT, f.model(), "resid_post", null, List.of(3, 4), EVERY_ACTION));
            everyHead(session, Requests.inputs(session, inputs[0]));
            for (HeadCircuit.Kind kind : HeadCircuit.Kind.values()) {
                HeadCircuit.compute(session, Requests.inputs(session, inputs), new HeadCircuit.Query(1, 0, kind, 3));
            }
        }
    }

    private static void everyHead(Session session, List<Encoded> one) {
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

    /** Weights in float16 are copied, and folded with whatever an architecture has around its blocks. */
    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "llama", "bloom", "opt", "gemma2", "olmo2", "falcon_40b", "opt_post"})
    void headsLeaveNoNativeArrayBehind(String name) {
        try (HookedModel half = Fixture.of(name).on(Fixture.HALF).model()) {
            long before = NativeArrays.count();
            for (int i = 0; i < 3; i++) {
                try (AnswerMemory kept = new AnswerMemory()) {
                    Session session = Requests.session(half, kept);
                    everyHead(session, Requests.inputs(session, new int[] {3, 4, 5, 3}));
                }
            }
            assertThat(NativeArrays.count()).isEqualTo(before);
        }
    }

    private static void patching(Session session, int[] clean, int[] corrupted) {
        SweepGrid.Query grid = new SweepGrid.Query(
                "z", List.of(SweepGrid.Axis.LAYER, SweepGrid.Axis.POSITION), null, null, null, null, 1);
        Metric metric = new Metric(Metric.Type.KL_DIVERGENCE, null, null, -1);
        List<Receiver> receivers =
                List.of(new Receiver("receivers[0]", HookName.of(Site.LOGITS), null, List.of(-1), null));
        for (Ablation ablation : new Ablation[] {null, Ablation.RESAMPLE}) {
            SweepQuery patch =
                    new SweepQuery(grid, metric, SweepQuery.Direction.DENOISING, ablation, 0, List.of(), true);
            Patching.compute(
                    session,
                    ablation == null ? Requests.inputs(session, clean, corrupted) : Requests.inputs(session, corrupted),
                    new Patching.Query(patch, null, ablation == null ? receivers : List.of(), true),
                    (cells, values) -> {});
        }
        CausalTracing noise = new CausalTracing(List.of(0), null, 2, 1);
        SweepQuery tracing = new SweepQuery(grid, metric, SweepQuery.Direction.DENOISING, null, 0, List.of(), true);
        Patching.compute(
                session,
                Requests.inputs(session, clean),
                new Patching.Query(tracing, noise, List.of(), true),
                (cells, values) -> {});
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "gpt2_variants"})
    void analysesLeaveNoNativeArrayBehind(String name) {
        Fixture f = Fixture.of(name);
        everyAnalysis(f);
        long before = NativeArrays.count();
        for (int i = 0; i < 5; i++) {
            everyAnalysis(f);
        }
        assertThat(NativeArrays.count()).isEqualTo(before);
    }

    @Test
    void requestsThatAreRefusedLeaveNoNativeArrayBehind() {
        Fixture f = Fixture.of("gpt2");
        int[] a = f.prompts().get("a");
        long before = NativeArrays.count();
        for (int i = 0; i < 5; i++) {
            try (AnswerMemory kept = new AnswerMemory()) {
                Session session = Requests.session(f.model(), kept);
                for (String bad : List.of(
                        "[{'hook':'z','layer':0,'heads':[9],'action':{'type':'zero'}}]",
                        "[{'hook':'q','layer':0,'action':{'type':'patch','source':[1]}}]",
                        "[{'hook':'z','layer':0,'action':{'type':'project_out','vector':[0,0,0,0]}}]",
                        "[{'hook':'q','layer':0,'action':{'type':'add','vector':[1]}}]")) {
                    assertThatThrownBy(() -> Requests.intervene(session, f, bad, List.of("logits"), a))
                            .isInstanceOf(BadSelection.class);
                }
            }
        }
        assertThat(NativeArrays.count()).isEqualTo(before);
    }

    @Test
    void anAnalysisThatFailsHalfwayLeavesNoNativeArrayBehind() {
        Fixture f = Fixture.of("gpt2");
        int[] a = f.prompts().get("a");
        long before = NativeArrays.count();
        try (AnswerMemory kept = new AnswerMemory()) {
            Session session = Requests.session(f.model(), kept);
            // a layer that no check has seen fails only after the run
            List<HookName> absent = List.of(new HookName(7, Site.Z));
            assertThatThrownBy(() -> Activations.compute(
                            session, Requests.inputs(session, a), new Activations.Query(absent, null)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("blocks.7.attn.hook_z was not reached");
        }
        assertThat(NativeArrays.count()).isEqualTo(before);
    }

    @Test
    void aResultIsThereUntilItIsClosedAndThenGone() {
        Fixture f = Fixture.of("gpt2");
        long before = NativeArrays.count();
        AnswerMemory kept = new AnswerMemory();
        Session session = Requests.session(f.model(), kept);
        Activations.compute(
                session,
                Requests.inputs(session, f.prompts().get("a")),
                new Activations.Query(List.of(HookName.of(Site.LOGITS)), null));
        assertThat(NativeArrays.count()).isEqualTo(before + 2); // the logits, and the memory that holds them
        kept.close();
        kept.close();
        assertThat(NativeArrays.count()).isEqualTo(before);
    }

    @Test
    void aModelThatIsClosedOrRefusedLeavesNothing() throws IOException {
        for (String file : List.of("config.json", "model.safetensors")) {
            Files.copy(Fixture.resource("/fixtures/gpt2/" + file), folder.resolve(file));
        }
        Files.copy(Fixture.resource("/fixtures/tokenizer/gpt2/tokenizer.json"), folder.resolve("tokenizer.json"));
        Checkpoint checkpoint = new Checkpoint(folder);
        load(checkpoint);
        long before = NativeArrays.count();
        load(checkpoint);
        Path config = folder.resolve("config.json");
        String json = Files.readString(config);
        for (String layers : List.of("\"n_layer\": 1,", "\"n_layer\": 3,")) { // one unused, one missing
            Files.writeString(config, json.replace("\"n_layer\": 2,", layers));
            assertThatThrownBy(() -> load(checkpoint)).isInstanceOf(ModelRefused.class);
        }
        Files.writeString(config, json);
        Files.writeString(folder.resolve("tokenizer.json"), "{}");
        assertThatThrownBy(() -> load(checkpoint)).isInstanceOf(ModelRefused.class);
        assertThat(NativeArrays.count()).isEqualTo(before);
    }

    private static void load(Checkpoint checkpoint) {
        new Architectures().load("once", checkpoint, Fixture.TORCH).close();
    }
}
