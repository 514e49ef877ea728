package dev.headlight.interp.intervene;

import static dev.headlight.model.Reference.requireClose;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.headlight.interp.Requests;
import dev.headlight.interp.intervene.action.Action;
import dev.headlight.interp.intervene.action.Add;
import dev.headlight.interp.intervene.action.Mean;
import dev.headlight.interp.intervene.action.Patch;
import dev.headlight.interp.intervene.action.Zero;
import dev.headlight.interp.metric.Effect;
import dev.headlight.interp.metric.Prediction;
import dev.headlight.interp.session.Session;
import dev.headlight.model.Fixture;
import dev.headlight.model.ParityReport;
import dev.headlight.model.Reference;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.Site;
import dev.headlight.model.text.Encoded;
import dev.headlight.tensor.AnswerMemory;
import dev.headlight.tensor.Tensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every intervention that PyTorch has run with hooks, run by us. */
@Tag("parity")
class InterventionsParityTest {
    static Stream<Arguments> cases() {
        return Fixture.own().stream()
                .flatMap(f -> f.golden().getAsJsonArray("cases").asList().stream()
                        .map(c ->
                                Arguments.of(f, c.getAsJsonObject().get("name").getAsString(), c)));
    }

    @AfterAll
    static void writeTheTable() throws IOException {
        ParityReport.write();
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("cases")
    void anInterventionDoesWhatItDoesInPyTorch(Fixture f, String name, JsonObject c) {
        try (AnswerMemory kept = new AnswerMemory()) {
            Interventions.Answer answer = run(f, c.getAsJsonObject("request"), kept);
            Interventions.Result result = answer.results().get(0);
            JsonObject tensors = c.getAsJsonObject("tensors");
            compare(f, "logits", tensors.get("logits"), result, "intervention: logits");
            tensors.getAsJsonObject("captured_modified")
                    .entrySet()
                    .forEach(e -> compare(f, e.getKey(), e.getValue(), result, "intervention: hook point"));
            double kl = c.get("kl_divergence").getAsDouble();
            ParityReport.add(
                    f, "intervention: KL", requireClose("KL", result.effect().klDivergence(), kl));
            loss(f, c.getAsJsonObject("loss").get("original"), result.original());
            loss(f, c.getAsJsonObject("loss").get("modified"), result.modified());
            assertThat(answer.warnings().stream().allMatch(w -> w.contains(" masks every key of a query: ")))
                    .isEqualTo(changesTheLastPosition(f, tensors.get("logits")));
        }
    }

    /** Behind a sliding window an intervention may reach no later position; then the answer warns. */
    private static boolean changesTheLastPosition(Fixture f, JsonElement logits) {
        Reference before = f.tensor("a/logits");
        int last = (int) before.shape()[0] - 1;
        double[] original = before.row(last).values();
        double[] modified = f.tensor(logits.getAsString()).row(last).values();
        return IntStream.range(0, original.length).anyMatch(i -> Math.abs(original[i] - modified[i]) > 1e-5);
    }

    static Interventions.Answer run(Fixture f, JsonObject request, AnswerMemory kept) {
        Session session = Requests.session(f.model(), kept);
        List<Encoded> inputs = session.encode(Requests.input("input", request.get("input")), true);
        Set<String> capture = new LinkedHashSet<>(List.of("logits"));
        request.getAsJsonArray("capture").forEach(e -> capture.add(e.getAsString()));
        return Interventions.compute(
                session,
                inputs,
                new Interventions.Query(
                        Requests.interventions(f.model().hookPoints(), request.getAsJsonArray("interventions")),
                        f.model().hookPoints().all("capture", new ArrayList<>(capture)),
                        null,
                        -1,
                        null,
                        null,
                        true));
    }

    private static void compare(Fixture f, String hook, JsonElement name, Interventions.Result result, String kind) {
        Interventions.Captured captured = result.captured().get(hook);
        Tensor modified = captured.modified();
        ParityReport.add(f, kind, f.tensor(name.getAsString()).requireClose(modified.shape(), modified.toFloats()));
        Tensor original = captured.original();
        f.tensor("a/" + hook).requireClose(original.shape(), original.toFloats());
    }

    private static void loss(Fixture f, JsonElement reference, Prediction ours) {
        if (reference.isJsonNull()) {
            assertThat(ours.loss()).isNull();
        } else {
            ParityReport.add(f, "intervention: loss", requireClose("loss", ours.loss(), reference.getAsDouble()));
        }
    }

    // ---- the folders of headlight.goldens, which name an intervention by what it is

    static Stream<Arguments> listedInterventions() {
        return Fixture.all().stream()
                .filter(Fixture::isListed)
                .flatMap(f -> f.golden().getAsJsonArray("tensors").asList().stream()
                        .map(JsonElement::getAsJsonObject)
                        .filter(t -> t.get("name").getAsString().matches("int/[^/]+/logits"))
                        .map(t ->
                                Arguments.of(f, t.get("name").getAsString().split("/")[1], t.getAsJsonObject("args"))));
    }

    @ParameterizedTest(name = "{0} {1}", allowZeroInvocations = true)
    @MethodSource("listedInterventions")
    void anInterventionOfTheGoldensDoesWhatItDoesInPyTorch(Fixture f, String name, JsonObject args) {
        JsonObject choices = f.golden().getAsJsonObject("choices");
        try (AnswerMemory kept = new AnswerMemory()) {
            Session session = Requests.session(f.model(), kept);
            List<HookName> capture = new ArrayList<>(List.of(HookName.of(Site.LOGITS)));
            Intervention edit = edit(f, name, args);
            if (f.has("int/" + name + "/" + edit.hook())) {
                capture.add(edit.hook());
            }
            Interventions.Result result = Interventions.compute(
                            session,
                            Requests.inputs(session, f.prompts().get("a")),
                            new Interventions.Query(
                                    List.of(edit),
                                    capture,
                                    null,
                                    -1,
                                    choices.get("tokA").getAsInt(),
                                    choices.get("tokB").getAsInt(),
                                    true))
                    .results()
                    .get(0);
            for (HookName hook : capture) {
                Tensor ours = result.captured().get(hook.toString()).modified();
                String kind = hook.site() == Site.LOGITS ? "intervention: logits" : "intervention: hook point";
                ParityReport.add(
                        f, kind, f.tensor("int/" + name + "/" + hook).requireClose(ours.shape(), ours.toFloats()));
            }
            ParityReport.add(
                    f,
                    "intervention: KL",
                    scalar(f, name, "kl_last", result.effect().klDivergence()));
            Effect.LogitDifference difference = result.effect().logitDifference();
            ParityReport.add(f, "intervention: logit difference", scalar(f, name, "logit_diff", difference.modified()));
            assertThat(difference.change()).isEqualTo(difference.modified() - difference.original());
            requireClose(
                    "logit_diff",
                    difference.original(),
                    f.tensor("a/logit_diff").values()[0]);
            if (f.model().info().causal()) {
                double loss = Arrays.stream(f.tensor("a/token_losses").values())
                        .average()
                        .orElseThrow();
                ParityReport.add(
                        f,
                        "intervention: loss",
                        requireClose("loss", result.original().loss(), loss));
            }
        }
    }

    private static double scalar(Fixture f, String name, String what, double ours) {
        return requireClose(what, ours, f.tensor("int/" + name + "/" + what).values()[0]);
    }

    private static Intervention edit(Fixture f, String name, JsonObject args) {
        int layer = args.get("layer").getAsInt();
        List<Integer> neurons = args.has("neuron") ? List.of(args.get("neuron").getAsInt()) : null;
        List<Integer> heads = args.has("head") ? List.of(args.get("head").getAsInt()) : null;
        List<Integer> positions =
                args.has("position") ? List.of(args.get("position").getAsInt()) : null;
        Site site;
        Action action;
        switch (name.split("\\.")[0]) {
            case "zero_resid_neuron" -> {
                site = Site.RESID_POST;
                action = new Zero();
            }
            case "zero_head" -> {
                site = Site.Z;
                action = new Zero();
            }
            case "mean_mlp_neuron" -> {
                site = Site.MLP_POST;
                action = new Mean(null);
            }
            case "steer" -> {
                site = Site.RESID_POST;
                double[] vector = f.tensor("int/steer.vector").values();
                action = new Add(
                        Arrays.stream(vector).boxed().toList(), args.get("coef").getAsDouble());
            }
            case "patch_resid" -> {
                site = Site.RESID_POST;
                action = new Patch(Requests.input("source", f.prompts().get("clean")), null);
            }
            default -> throw new IllegalArgumentException(name);
        }
        return new Intervention("interventions[0]", new HookName(layer, site), neurons, heads, positions, null, action);
    }
}
