package dev.headlight.interp.patching;

import com.google.gson.JsonObject;
import dev.headlight.interp.Requests;
import dev.headlight.interp.intervene.Ablation;
import dev.headlight.interp.metric.Metric;
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

/** Our grids against PyTorch's, for the folders of {@code headlight.goldens} that hold them. */
@Tag("parity")
class PatchingParityTest {
    @AfterAll
    static void writeTheTable() throws IOException {
        ParityReport.write();
    }

    private static final List<SweepGrid.Axis> POSITIONS = List.of(SweepGrid.Axis.LAYER, SweepGrid.Axis.POSITION);
    private static final List<SweepGrid.Axis> HEADS = List.of(SweepGrid.Axis.LAYER, SweepGrid.Axis.HEAD);

    static Stream<Arguments> sweeps() {
        return Fixture.all().stream()
                .flatMap(f -> Stream.of(
                                Arguments.of(f, "patch_resid_post", "resid_post", POSITIONS, null),
                                Arguments.of(f, "patch_head", "z", HEADS, null),
                                Arguments.of(f, "zero_head", "z", HEADS, Ablation.ZERO))
                        .filter(sweep -> f.has(tensor(sweep.get()[1]))));
    }

    private static String tensor(Object name) {
        return "sweep/" + name + ".logit_diff";
    }

    @ParameterizedTest(name = "{0} {1}", allowZeroInvocations = true)
    @MethodSource("sweeps")
    void everyCellIsWhatPyTorchComputes(
            Fixture f, String name, String hook, List<SweepGrid.Axis> over, Ablation ablation) {
        JsonObject choices = f.golden().getAsJsonObject("choices");
        Metric metric = new Metric(
                Metric.Type.LOGIT_DIFFERENCE,
                choices.get("tokA").getAsInt(),
                choices.get("tokB").getAsInt(),
                -1);
        SweepGrid.Query grid = new SweepGrid.Query(hook, over, null, null, null, null, 1);
        SweepQuery patch = new SweepQuery(grid, metric, SweepQuery.Direction.DENOISING, ablation, 0, List.of(), true);
        int[] a = f.prompts().get("a");
        try (AnswerMemory kept = new AnswerMemory()) {
            Session session = Requests.session(f.model(), kept);
            int[][] inputs = ablation == null ? new int[][] {f.prompts().get("clean"), a} : new int[][] {a};
            Tensor found = Patching.compute(
                            session,
                            Requests.inputs(session, inputs),
                            new Patching.Query(patch, null, List.of(), true),
                            (cells, values) -> {})
                    .grid();
            ParityReport.add(
                    f, "patching: " + name, f.tensor(tensor(name)).requireClose(found.shape(), found.toFloats()));
        }
    }
}
