package dev.headlight.interp.patching;

import com.google.gson.JsonObject;
import dev.headlight.interp.Requests;
import dev.headlight.interp.metric.Metric;
import dev.headlight.interp.patching.SweepGrid.Axis;
import dev.headlight.interp.session.Session;
import dev.headlight.model.Fixture;
import dev.headlight.model.ParityReport;
import dev.headlight.tensor.AnswerMemory;
import dev.headlight.tensor.Tensor;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Our estimates against those from PyTorch's gradients, for the folders of {@code headlight.goldens} that hold them. */
@Tag("parity")
class AttributionPatchingParityTest {
    @AfterAll
    static void writeTheTable() throws IOException {
        ParityReport.write();
    }

    static Stream<Arguments> grids() {
        return Fixture.all().stream()
                .flatMap(f -> Stream.of(
                                Arguments.of(f, "resid_post", "resid_post", Axis.POSITION),
                                Arguments.of(f, "z.heads", "z", Axis.HEAD))
                        .filter(grid -> f.has("attr/" + grid.get()[1])));
    }

    @ParameterizedTest(name = "{0} {1}", allowZeroInvocations = true)
    @MethodSource("grids")
    void everyCellIsWhatPyTorchComputes(Fixture f, String name, String hook, Axis axis) {
        JsonObject choices = f.golden().getAsJsonObject("choices");
        Metric metric = new Metric(
                Metric.Type.LOGIT_DIFFERENCE,
                choices.get("tokA").getAsInt(),
                choices.get("tokB").getAsInt(),
                -1);
        SweepGrid.Query grid = new SweepGrid.Query(hook, List.of(Axis.LAYER, axis), null, null, null, null, 1);
        SweepQuery patch = new SweepQuery(grid, metric, SweepQuery.Direction.DENOISING, null, 0, List.of(), true);
        try (AnswerMemory kept = new AnswerMemory()) {
            Session session = Requests.session(f.model(), kept);
            Tensor found = AttributionPatching.compute(
                            session,
                            Requests.inputs(
                                    session,
                                    f.prompts().get("clean"),
                                    f.prompts().get("a")),
                            new AttributionPatching.Query(patch, 1, null))
                    .grid();
            double difference = f.tensor("attr/" + name).requireClose(found.shape(), found.toFloats());
            ParityReport.add(f, "attribution patching: " + name, difference);
        }
    }
}
