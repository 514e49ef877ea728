package dev.headlight.interp.intervene;

import dev.headlight.interp.Requests;
import dev.headlight.interp.Tensors;
import dev.headlight.interp.session.Session;
import dev.headlight.model.Fixture;
import dev.headlight.model.hook.HookName;
import dev.headlight.tensor.AnswerMemory;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

/** Interventions on the gpt2 fixture, as the tests write them. */
public abstract class OnGpt2 {
    public final Fixture f = Fixture.of("gpt2");
    public final int[] a = f.prompts().get("a"); // 9 tokens
    public final int[] b = f.prompts().get("b"); // 6 tokens
    final AnswerMemory kept = new AnswerMemory();
    public final Session session = Requests.session(f.model(), kept);

    @AfterEach
    void close() {
        kept.close();
    }

    public Interventions.Answer run(String interventions, List<String> capture, int[]... inputs) {
        return Requests.intervene(session, f, interventions, capture, inputs);
    }

    public float[] modified(String interventions, String capture, int[]... inputs) {
        return captured(run(interventions, List.of(capture), inputs), 0, capture)
                .modified()
                .toFloats();
    }

    public static Interventions.Captured captured(Interventions.Answer answer, int input, String hook) {
        return answer.results().get(input).captured().get(hook);
    }

    public float[] original(String hook, int... ids) {
        HookName name = f.model().hookPoints().all("", List.of(hook)).get(0);
        return Tensors.activation(f, name, ids);
    }

    public static String one(String hook, String where, String action) {
        return "[{'hook':'" + hook + "'," + where + "'action':" + action + "}]";
    }
}
