package dev.headlight.interp.lens;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.headlight.interp.Requests;
import dev.headlight.interp.Tensors;
import dev.headlight.interp.session.Session;
import dev.headlight.model.Fixture;
import dev.headlight.model.HookedModel;
import dev.headlight.model.Reference;
import dev.headlight.model.arch.Architectures;
import dev.headlight.model.checkpoint.Checkpoint;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.tensor.AnswerMemory;
import dev.headlight.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Translators in a model's folder, against what PyTorch reads with them. */
class LogitLensTunedTest {
    private static final Path RESOURCES = Fixture.resource("/tuned_lens");
    private static final Map<String, Reference> EXPECTED = Reference.readAll(RESOURCES.resolve("expected.safetensors"));

    @TempDir
    private Path folder;

    private HookedModel model;
    private final AnswerMemory kept = new AnswerMemory();

    @BeforeEach
    void load() throws IOException {
        Fixture.copy("gpt2", folder);
        model = new Architectures().load("tuned", new Checkpoint(folder), Fixture.TORCH);
    }

    @AfterEach
    void close() {
        model.close();
        kept.close();
    }

    private void put(String place) throws IOException {
        Files.createDirectories(folder.resolve(place).getParent());
        Files.copy(RESOURCES.resolve("tuned_lens.safetensors"), folder.resolve(place));
    }

    private LogitLens.Result read(LogitLens.Query query) {
        Session session = Requests.session(model, kept);
        int[] ids = Fixture.of("gpt2").prompts().get("a");
        return LogitLens.compute(session, Requests.inputs(session, ids), query)
                .results()
                .get(0);
    }

    private static void close(float[] found, double[] expected, int from, int length) {
        assertThat(found).hasSize(length);
        for (int i = 0; i < length; i++) {
            assertThat((double) found[i]).isCloseTo(expected[from + i], offset(1e-5));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tuned_lens.safetensors", "tuned_lens/params.safetensors"})
    void whatABlockReceivesIsReadByItsTranslator(String place) throws IOException {
        put(place);
        double[] expected = EXPECTED.get("tuned").values();
        float[] found = read(Lenses.tuned(model, "resid_pre")).logits().toFloats();
        close(found, expected, 0, expected.length);
    }

    @Test
    void whatABlockWritesIsReadByTheNextOnesTranslatorAndTheLastOnesAsItIs() throws IOException {
        put("tuned_lens.safetensors");
        float[] found = read(Lenses.tuned(model, "resid_post")).logits().toFloats();
        int layer = found.length / 2;
        close(Tensors.row(found, 2, 0), EXPECTED.get("tuned").values(), layer, layer);
        close(Tensors.row(found, 2, 1), EXPECTED.get("logits").values(), 0, layer);
    }

    @Test
    void withoutThemItIsTheLogitLens() {
        double[] expected = EXPECTED.get("logit").values();
        float[] found = read(Lenses.all(model, "resid_pre")).logits().toFloats();
        close(found, expected, 0, expected.length);
    }

    /** They are no weights of the model, which has one file of another name. */
    @Test
    void theyDoNotStandInTheWayOfTheWeights() throws IOException {
        put("tuned_lens.safetensors");
        Files.move(folder.resolve("model.safetensors"), folder.resolve("weights.safetensors"));
        new Architectures()
                .load("renamed", new Checkpoint(folder), Fixture.TORCH)
                .close();
    }

    @Test
    void whereThereAreNoneThatIsSaid() {
        refused("resid_post", "cannot be tuned: the folder of model tuned holds no tuned_lens.safetensors or");
    }

    @Test
    void othersThanTheResidualStreamHaveNone() throws IOException {
        put("tuned_lens.safetensors");
        refused("mlp_out", "mlp_out has no tuned lens, which is trained on resid_pre and resid_post");
    }

    private void refused(String hook, String why) {
        assertThatThrownBy(() -> read(Lenses.tuned(model, hook)))
                .isInstanceOf(BadSelection.class)
                .hasMessageStartingWith(why);
    }

    @Test
    void unsoundOnesAreRefusedByName() throws IOException {
        Path file = folder.resolve("tuned_lens.safetensors");
        Files.writeString(file, "rubbish, and more of it");
        refused("resid_post", "cannot be tuned: tuned_lens.safetensors");
        long[] square = {12, 12};
        write(file, "F32", Map.of("0.weight", square));
        refused("resid_post", "cannot be tuned: tuned_lens.safetensors lacks the tensor 1.weight");
        write(file, "F32", Map.of("0.weight", square, "1.weight", new long[] {12, 11}));
        refused(
                "resid_post",
                "cannot be tuned: tuned_lens.safetensors: tensor 1.weight has shape [12, 11] and must have [12, 12]");
        write(file, "F32", Map.of("0.weight", square, "1.weight", square, "2.weight", square));
        refused(
                "resid_post",
                "cannot be tuned: tuned_lens.safetensors holds 2.weight, which is not a translator of 2 blocks");
        write(file, "I32", Map.of("0.weight", square, "1.weight", square));
        refused("resid_post", "cannot be tuned: tuned_lens.safetensors: tensor 0.weight has dtype I32");
    }

    private static void write(Path file, String dtype, Map<String, long[]> shapes) throws IOException {
        JsonObject header = new JsonObject();
        int at = 0;
        for (Map.Entry<String, long[]> e : shapes.entrySet()) {
            JsonObject entry = new JsonObject();
            entry.addProperty("dtype", dtype);
            int end = at + 4 * (int) Tensor.size(e.getValue());
            entry.add("shape", array(e.getValue()));
            entry.add("data_offsets", array(at, end));
            header.add(e.getKey(), entry);
            at = end;
        }
        byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(8 + json.length + at).order(ByteOrder.LITTLE_ENDIAN);
        Files.write(file, bytes.putLong(json.length).put(json).array());
    }

    private static JsonArray array(long... numbers) {
        JsonArray array = new JsonArray();
        Arrays.stream(numbers).forEach(array::add);
        return array;
    }
}
