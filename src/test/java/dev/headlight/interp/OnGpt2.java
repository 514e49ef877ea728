package dev.headlight.interp;

import dev.headlight.model.Fixture;
import dev.headlight.model.HookName;
import dev.headlight.tensor.Kept;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

/** Interventions on the gpt2 fixture, as the tests write them. */
abstract class OnGpt2 {
    final Fixture f = Fixture.of("gpt2");
    final int[] a = f.prompts().get("a"); // 9 tokens
    final int[] b = f.prompts().get("b"); // 6 tokens
    final Kept kept = new Kept();
    final Session session = Requests.session(f.model(), kept);

    @AfterEach
    void close() {
        kept.close();
    }

    Interventions.Answer run(String interventions, List<String> capture, int[]... inputs) {
        return Requests.intervene(session, f, interventions, capture, inputs);
    }

    float[] modified(String interventions, String capture, int[]... inputs) {
        return captured(run(interventions, List.of(capture), inputs), 0, capture)
                .modified()
                .toFloats();
    }

    static Interventions.Captured captured(Interventions.Answer answer, int input, String hook) {
        return answer.results().get(input).captured().get(hook);
    }

    float[] original(String hook, int... ids) {
        HookName name = f.model().hookPoints().all("", List.of(hook)).get(0);
        return Tensors.activation(f, name, ids);
    }

    static String one(String hook, String where, String action) {
        return "[{'hook':'" + hook + "'," + where + "'action':" + action + "}]";
    }
}
