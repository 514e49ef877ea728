package dev.headlight.interp.heads;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.headlight.interp.Requests;
import dev.headlight.model.Fixture;
import dev.headlight.model.HookedModel;
import dev.headlight.model.arch.Architectures;
import dev.headlight.model.checkpoint.Checkpoint;
import dev.headlight.tensor.AnswerMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Eigenvalues of folded OV circuits against those that NumPy finds of whole ones. */
class HeadCircuitCopyingTest {
    private static final Path RESOURCES = Fixture.resource("/copying");

    private static float[] scores(HookedModel model) {
        try (AnswerMemory kept = new AnswerMemory()) {
            HeadScores.Query query = new HeadScores.Query(
                    HeadScoreChoice.of(model, List.of(HeadScoreKind.COPYING), 0, false),
                    RepeatedTokens.of(model, true, null, null, null),
                    null,
                    null,
                    null,
                    List.of(),
                    true);
            return HeadScores.compute(Requests.session(model, kept), List.of(), query)
                    .scores()
                    .get("copying")
                    .toFloats();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "bloom", "llama", "gemma2"})
    void aFoldedCircuitHasTheEigenvaluesOfTheWholeOne(String name) throws IOException {
        JsonObject expected = JsonParser.parseString(Files.readString(RESOURCES.resolve("expected.json")))
                .getAsJsonObject();
        List<Float> all = new ArrayList<>();
        for (JsonElement layer : expected.getAsJsonArray(name)) {
            layer.getAsJsonArray().forEach(score -> all.add(score.getAsFloat()));
        }
        float[] found = scores(Fixture.of(name).model());
        assertThat(found).hasSize(all.size());
        for (int i = 0; i < found.length; i++) {
            assertThat(found[i]).isCloseTo(all.get(i), offset(1e-4f));
        }
    }

    /** Its first layer writes what it reads, its last one the opposite. */
    @Test
    void aModelThatCopiesWhateverItReadsHasAScoreOfOne(@TempDir Path folder) throws IOException {
        Files.copy(Fixture.of("gpt2").folder().resolve("config.json"), folder.resolve("config.json"));
        Files.copy(RESOURCES.resolve("model.safetensors"), folder.resolve("model.safetensors"));
        try (HookedModel model = new Architectures().load("copying", new Checkpoint(folder), Fixture.TORCH)) {
            assertThat(scores(model)).containsExactly(new float[] {1, 1, 1, -1, -1, -1}, offset(1e-5f));
        }
    }
}
