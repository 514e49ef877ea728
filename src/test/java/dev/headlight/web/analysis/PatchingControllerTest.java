package dev.headlight.web.analysis;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.headlight.tensor.SafetensorsFile;
import dev.headlight.web.Api;
import dev.headlight.web.Format;
import dev.headlight.web.RunningService;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.web.server.LocalServerPort;

@RunningService
class PatchingControllerTest {
    private static final String TWO = "'model':'gpt2','clean':[5,6,7,8],'corrupted':[5,6,9,8],";
    private static final String ONE = "'model':'gpt2','input':[5,6,7,8],";
    private static final String GRID = "'hook':'resid_post','over':['layer','position'],";
    private static final String METRIC = "'metric':{'type':'logit_difference','answer':3,'foil':4}";

    @LocalServerPort
    int port;

    private Api api;

    @BeforeEach
    void client() {
        api = new Api(port);
    }

    private JsonObject ask(String body) {
        Api.Reply reply = api.postJson("/patching", "{" + body + "}");
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        return reply.json();
    }

    @Test
    void theAnswerHoldsGridBothRunsAxesAndWork() {
        JsonObject answer = ask(TWO + GRID + METRIC);
        assertThat(answer.getAsJsonObject("grid").get("dims").toString()).isEqualTo("[\"layer\",\"position\"]");
        assertThat(answer.getAsJsonObject("normalised").get("shape").toString()).isEqualTo("[2,4]");
        JsonArray last = answer.getAsJsonObject("normalised")
                .getAsJsonArray("data")
                .get(1)
                .getAsJsonArray();
        assertThat(last.get(3).getAsDouble()).isBetween(0.9999, 1.0001); // all that the metric sees
        assertThat(answer.get("clean").getAsDouble())
                .isNotEqualTo(answer.get("corrupted").getAsDouble());
        assertThat(answer.get("baseline").isJsonNull()).isTrue();
        assertThat(answer.getAsJsonObject("axes").get("token_ids").toString()).isEqualTo("[5,6,9,8]");
        assertThat(answer.getAsJsonObject("axes").get("heads").isJsonNull()).isTrue();
        assertThat(answer.getAsJsonObject("work").get("token_layers").getAsLong())
                .isEqualTo(10);
        assertThat(answer.getAsJsonObject("work").get("token_layers_naive").getAsLong())
                .isEqualTo(64);
    }

    @Test
    void aRunPatchedWithItselfHasNoNormalisedValue() {
        JsonObject answer = ask(TWO.replace('9', '7') + GRID + METRIC);
        assertThat(answer.getAsJsonObject("normalised")
                        .getAsJsonArray("data")
                        .get(0)
                        .getAsJsonArray()
                        .get(0)
                        .isJsonNull())
                .isTrue();
        assertThat(answer.getAsJsonArray("warnings").toString()).contains("normalised has no finite value");
    }

    @Test
    void aSeedRepeatsWhatIsDrawn() {
        String resample = ONE + "'ablation':'resample'," + GRID + METRIC;
        JsonObject first = ask(resample);
        assertThat(first.get("clean").isJsonNull()).isTrue();
        JsonObject again = ask(resample + ",'seed':" + first.get("seed").getAsLong());
        assertThat(again.get("grid")).isEqualTo(first.get("grid"));
        String noise = ONE + "'noise':{'positions':[1],'samples':3}," + GRID + METRIC;
        JsonObject traced = ask(noise);
        long seed = traced.getAsJsonObject("noise").get("seed").getAsLong();
        assertThat(ask(noise.replace("3}", "3,'seed':" + seed + "}")).get("grid"))
                .isEqualTo(traced.get("grid"));
        assertThat(traced.getAsJsonObject("standard_error").get("shape").toString())
                .isEqualTo("[2,4]");
    }

    @Test
    void verifiedComparedAndUnderInterventions() {
        JsonObject answer = ask(TWO + GRID + METRIC
                + ",'verify':true,'compare_to':'gpt2','interventions':[{'hook':'z','layer':0,"
                + "'action':{'type':'noise','std':0.5,'seed':1}}]");
        assertThat(answer.has("verification")).isTrue();
        assertThat(answer.get("seeds").toString()).isEqualTo("[1]");
        assertThat(answer.getAsJsonObject("comparison")
                        .getAsJsonObject("difference")
                        .keySet())
                .containsExactly("grid", "normalised");
        assertThat(ask(TWO + GRID + METRIC).get("clean")).isNotEqualTo(answer.get("clean"));
    }

    @Test
    void aDryRunCountsTheSweep() {
        long one = ask(TWO + GRID + METRIC + ",'layers':[1],'positions':[3],'dry_run':true")
                .get("flops")
                .getAsLong();
        long all = ask(TWO + GRID + METRIC + ",'dry_run':true").get("flops").getAsLong();
        assertThat(all).isGreaterThan(one);
    }

    @Test
    void safetensorsAndPictures(@TempDir Path folder) throws IOException {
        byte[] bytes = api.postJson("/patching", "{" + TWO + GRID + METRIC + "}", Format.SAFETENSORS_VALUE)
                .bytes();
        assertThat(new SafetensorsFile(Files.write(folder.resolve("answer"), bytes)).names())
                .containsExactlyInAnyOrder("grid", "normalised");
        Api.Reply svg = api.postJson("/patching", "{" + TWO + GRID + METRIC + "}", Format.SVG_VALUE);
        assertThat(svg.text()).contains("Δ logit difference", "against the unpatched run", "resid_post");
        assertThat(api.postJson("/patching", "{" + TWO + GRID + METRIC + "}", "image/png")
                        .status())
                .isEqualTo(200);
        assertThat(api.postJson("/patching", "{" + TWO + GRID + METRIC + "}", Format.NPY_VALUE)
                        .status())
                .isEqualTo(406);
    }

    @Test
    void cellsComeAsTheyAreFoundAndThenTheAnswer() {
        Api.Reply reply = api.postJson("/patching", "{" + TWO + GRID + METRIC + "}", "text/event-stream");
        assertThat(reply.type()).startsWith("text/event-stream");
        String[] events = reply.text().split("\n\n");
        float[][] grid = new float[2][4];
        int done = 0;
        for (int i = 0; i < events.length - 1; i++) {
            assertThat(events[i]).startsWith("event: cells\ndata: ");
            JsonObject cells =
                    JsonParser.parseString(events[i].split("data: ", 2)[1]).getAsJsonObject();
            for (JsonElement cell : cells.getAsJsonArray("cells")) {
                JsonArray index = cell.getAsJsonObject().getAsJsonArray("index");
                grid[index.get(0).getAsInt()][index.get(1).getAsInt()] = (float)
                        cell.getAsJsonObject().get("value").getAsDouble(); // parsed as float, a tie may round otherwise
                done++;
            }
            assertThat(cells.get("done").getAsInt()).isEqualTo(done);
            assertThat(cells.get("of").getAsInt()).isEqualTo(8);
        }
        assertThat(done).isEqualTo(8);
        assertThat(events.length).isGreaterThan(4);
        String last = events[events.length - 1];
        assertThat(last).startsWith("event: answer\ndata: ");
        JsonArray data = JsonParser.parseString(last.split("data: ", 2)[1])
                .getAsJsonObject()
                .getAsJsonObject("grid")
                .getAsJsonArray("data");
        for (int row = 0; row < 2; row++) {
            for (int column = 0; column < 4; column++) {
                assertThat(data.get(row).getAsJsonArray().get(column).getAsFloat())
                        .isEqualTo(grid[row][column]);
            }
        }
    }

    @Test
    void whatIsRefusedIsNoStream() {
        Api.Reply bad = api.postJson("/patching", "{" + ONE + GRID + METRIC + "}", "text/event-stream");
        assertThat(bad.status()).isEqualTo(422);
        assertThat(bad.type()).startsWith("application/problem+json");
        String late = "{" + TWO.replace("[5,6,9,8]", "[5]") + GRID + METRIC + "}"; // found out by a worker
        assertThat(api.postJson("/patching", late, "text/event-stream").status())
                .isEqualTo(422);
        String dry = "{" + TWO + GRID + METRIC + ",'dry_run':true}";
        assertThat(api.postJson("/patching", dry, "text/event-stream").status()).isEqualTo(406);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            "input":[5,6],"hook":"z","over":["layer","head"] | ablation | is missing: input needs ablation or noise
            "clean":[5,6],"hook":"z","over":["layer","head"] | corrupted | is required
            "clean":[5,6],"corrupted":[5,7],"ablation":"zero","hook":"z","over":["layer","head"] | clean | not both
            "hook":"z","over":["layer","head"] | clean | must be given with corrupted
            "clean":[5,6],"corrupted":[5,7,8],"hook":"z","over":["layer","head"] | corrupted | has 3 tokens and must have 2
            "clean":[[5,6],[7]],"corrupted":[5,7],"hook":"z","over":["layer","head"] | clean | exactly 1
            "input":[5,6],"ablation":"zero","noise":{"positions":[0]},"hook":"z","over":["layer","head"] | noise | together with ablation
            "input":[5,6],"ablation":"zero","direction":"noising","hook":"z","over":["layer","head"] | direction | not to input
            "input":[5,6],"ablation":"zero","seed":3,"hook":"z","over":["layer","head"] | seed | resample only
            "input":[5,6],"ablation":"other","hook":"z","over":["layer","head"] | ablation | zero
            "input":[5],"ablation":"resample","hook":"z","over":["layer","head"] | ablation | at least 2 tokens
            "input":[5,6],"ablation":"mean","hook":"attn_scores","over":["layer","head"] | ablation | undefined
            "input":[5,6],"ablation":"zero","hook":"blocks.0.attn.hook_z","over":["layer","head"],"layers":[1] | layers | is not the layer of hook
            "input":[5,6],"ablation":"zero","hook":"embed","over":["layer","position"] | hook | must be a hook point in the layers of this model
            "input":[5,6],"ablation":"zero","hook":"z","over":["layer"] | over | must be one of
            "input":[5,6],"ablation":"zero","hook":"resid_post","over":["layer","head"] | over | whose axes are
            "input":[5,6],"ablation":"zero","hook":"pattern","over":["layer","neuron"] | over | whose axes are
            "input":[5,6],"ablation":"zero","hook":"z","over":["head","position"] | layers | exactly 1 layer
            "input":[5,6],"ablation":"zero","hook":"z","over":["layer","head"],"layers":[9] | layers[0] | 0..1
            "input":[5,6],"ablation":"zero","hook":"z","over":["layer","head"],"window":0 | window | at least 1
            "input":[5,6],"ablation":"zero","hook":"z","over":["layer","head"],"receivers":[] | receivers | must not be empty
            "input":[5,6],"ablation":"zero","hook":"z","over":["layer","head"],"receivers":[{"hook":"q"}] | receivers[0].layer | is required
            "input":[5,6],"ablation":"zero","hook":"z","over":["layer","head"],"receivers":[{"hook":"q","layer":0,"heads":[9]}] | receivers[0].heads[0] | 0..
            "input":[5,6],"ablation":"zero","hook":"z","over":["layer","head"],"freeze_mlps":false | freeze_mlps | receivers only
            "input":[5,6],"noise":{},"hook":"z","over":["layer","head"] | noise.positions | is required
            "input":[5,6],"noise":{"positions":[7]},"hook":"z","over":["layer","head"] | noise.positions[0] | -2..1
            """)
    void whatCannotBePatchedSaysSo(String body, String field, String why) {
        Api.Reply reply = api.postJson("/patching", "{'model':'gpt2'," + body + "," + METRIC + "}");
        assertThat(reply.status()).as(reply.text()).isEqualTo(422);
        JsonObject error = reply.json().getAsJsonArray("errors").get(0).getAsJsonObject();
        assertThat(error.get("field").getAsString()).isEqualTo(field);
        assertThat(error.get("message").getAsString()).contains(why);
    }
}
