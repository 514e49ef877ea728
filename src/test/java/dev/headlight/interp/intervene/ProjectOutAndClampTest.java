package dev.headlight.interp.intervene;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.headlight.interp.HandMade;
import dev.headlight.interp.Requests;
import dev.headlight.interp.Tensors;
import dev.headlight.interp.session.Session;
import dev.headlight.model.HookedModel;
import dev.headlight.tensor.AnswerMemory;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against numbers worked out by hand, on a model whose every value is known. */
class ProjectOutAndClampTest extends OnGpt2 {
    private static final String PRE = "blocks.0.hook_resid_pre"; // of HandMade: (position, 5), all 1
    private static final String V = "blocks.0.attn.hook_v"; // of HandMade: -4 to 6 and over again
    private static final String SCORES = "blocks.0.attn.hook_attn_scores";
    private static final String GPT2_POST = "blocks.0.hook_resid_post";

    private static float[] onHandMade(String hook, String where, String action) {
        try (HookedModel model = new HandMade();
                AnswerMemory others = new AnswerMemory()) {
            Session own = Requests.session(model, others);
            List<Intervention> interventions = Requests.interventions(model.hookPoints(), one(hook, where, action));
            return Interventions.compute(
                            own,
                            Requests.inputs(own, new int[] {1, 2}, new int[] {3, 4, 5}),
                            new Interventions.Query(
                                    interventions, model.hookPoints().all("", List.of(hook)), 1, -1, null, null, true))
                    .results()
                    .get(0)
                    .captured()
                    .get(hook)
                    .modified()
                    .toFloats();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "                   | 'vector':[3,4,0,0,0]                   | 0.16 -0.12 1 1 1", // u = (.6, .8, …),
                // x·u = 1.4
                "                   | 'vector':[30,40,0,0,0]                 | 0.16 -0.12 1 1 1",
                "                   | 'vector':[-3,-4,0,0,0]                 | 0.16 -0.12 1 1 1",
                "                   | 'vector':[3,4,0,0,0],'coefficient':0.5 | 0.58 0.44 1 1 1",
                "                   | 'vector':[3,4,0,0,0],'coefficient':2   | -0.68 -1.24 1 1 1",
                "                   | 'vector':[1,1,1,1,1]                   | 0 0 0 0 0",
                "'neurons':[3,1],   | 'vector':[4,3]                         | 1 0.16 1 -0.12 1", // neuron 3 has the 4
                "'neurons':[0],     | 'vector':[3,4,0,0,0]                   | 0 1 1 1 1", // what is chosen of it
                "'neurons':[1,3],   | 'vector':[9,1,0,1,9]                   | 1 0 1 0 1",
            })
    void whatIsLeftIsAtRightAnglesToTheDirection(String where, String fields, String row) {
        float[] after = onHandMade(PRE, where == null ? "" : where, "{'type':'project_out'," + fields + "}");
        String[] expected = row.split(" ");
        for (int i = 0; i < 10; i++) {
            assertThat((double) after[i]).isCloseTo(Double.parseDouble(expected[i % 5]), within(1e-6));
        }
    }

    @Test
    void onlyChosenPositionsAreProjected() {
        float[] after = onHandMade(PRE, "'positions':[-1],", "{'type':'project_out','vector':[1,1,1,1,1]}");
        assertThat(Tensors.row(after, 2, 0)).containsOnly(1);
        assertThat(Tensors.row(after, 2, 1)).usingComparatorWithPrecision(1e-6f).containsOnly(0f);
    }

    @Test
    void twiceIsOnceAndNoneIsLeftOfEitherHead() {
        String vector = "[0.3,-2,1,0.7]";
        String once =
                "{'hook':'blocks.1.attn.hook_z','heads':[0,2],'action':{'type':'project_out','vector':" + vector + "}}";
        String z = "blocks.1.attn.hook_z";
        float[] one = modified("[" + once + "]", z, a);
        float[] two = modified("[" + once + "," + once + "]", z, a);
        float[] before = original(z, a);
        double[] v = {0.3, -2, 1, 0.7};
        for (int row = 0; row < 27; row++) {
            double left = 0;
            double had = 0;
            for (int i = 0; i < 4; i++) {
                left += one[row * 4 + i] * v[i];
                had += before[row * 4 + i] * v[i];
                assertThat((double) two[row * 4 + i]).isCloseTo(one[row * 4 + i], within(1e-6));
            }
            assertThat(left).isCloseTo(row % 3 == 1 ? had : 0, within(1e-6));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'min':-2.5,'max':3 | -2.5 | 3",
                "'min':-1 | -1 | 99",
                "'max':0 | -99 | 0",
                "'min':2,'max':2 | 2 | 2"
            })
    void clampBounds(String bounds, double min, double max) {
        float[] after = onHandMade(V, "", "{'type':'clamp'," + bounds + "}");
        for (int i = 0; i < after.length; i++) {
            assertThat((double) after[i]).isEqualTo(Math.max(min, Math.min(max, i % 11 - 4)));
        }
    }

    @Test
    void wideBoundsChangeNothing() {
        Interventions.Answer answer =
                run(one(GPT2_POST, "", "{'type':'clamp','min':-1e9,'max':1e9}"), List.of("logits"), a);
        Interventions.Captured logits = captured(answer, 0, "logits");
        assertThat(logits.modified().toFloats())
                .containsExactly(logits.original().toFloats());
        assertThat(answer.warnings()).anyMatch(w -> w.startsWith("interventions[0] changed nothing"));
    }

    @Test
    void aLowerBoundOfScoresShowsNobodyTheFuture() {
        float[] scores = modified(one(SCORES, "", "{'type':'clamp','min':-0.01}"), SCORES, a);
        for (int i = 0; i < scores.length; i++) {
            boolean future = i % 9 > i / 9 % 9;
            assertThat(scores[i] == Float.NEGATIVE_INFINITY).isEqualTo(future);
            assertThat(future || scores[i] >= -0.01f).isTrue();
        }
    }
}
