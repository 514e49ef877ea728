package dev.headlight.interp.intervene;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.headlight.model.Fixture;
import dev.headlight.tensor.AnswerMemory;
import dev.headlight.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** PyTorch's interventions in float32, by models that compute in float16. */
class InterventionsHalfTest {
    private static final double TOLERANCE = 0.02; // of a tensor's largest magnitude

    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "llama", "bert", "encoder_post_relu"})
    void anInterventionDoesWhatItDoesInFloat32(String name) {
        Fixture f = Fixture.of(name);
        Fixture half = f.on(Fixture.HALF);
        for (JsonElement c : f.golden().getAsJsonArray("cases")) {
            try (AnswerMemory kept = new AnswerMemory()) {
                JsonObject request = c.getAsJsonObject().getAsJsonObject("request");
                Interventions.Answer answer = InterventionsParityTest.run(half, request, kept);
                Tensor logits = answer.results().get(0).captured().get("logits").modified();
                String reference = c.getAsJsonObject()
                        .getAsJsonObject("tensors")
                        .get("logits")
                        .getAsString();
                f.tensor(reference).requireWithin(TOLERANCE, logits.toFloats());
                assertThat(answer.provenance().dtype()).isEqualTo("float16");
                assertThat(answer.warnings()).allMatch(w -> w.contains(" masks every key of a query: "));
            }
        }
        half.model().close();
    }
}
