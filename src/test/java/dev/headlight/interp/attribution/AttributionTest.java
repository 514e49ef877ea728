package dev.headlight.interp.attribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import dev.headlight.interp.Requests;
import dev.headlight.interp.metric.Metric;
import dev.headlight.interp.session.Session;
import dev.headlight.model.HookedModel;
import dev.headlight.tensor.AnswerMemory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Attribution on a model whose every value is known by hand, see {@link LlamaByHand}. The final residual stream is
 * (4, 4, 4, 4), so the final norm divides by 4. The unembedding of the answer minus that of the foil is (1, 2, 2, 3).
 */
class AttributionTest {
    private static final float EXACT = 1e-6f;

    @TempDir
    private Path folder;

    private HookedModel model;
    private final AnswerMemory memory = new AnswerMemory();

    @BeforeEach
    void load() throws IOException {
        model = LlamaByHand.load(folder);
    }

    @AfterEach
    void close() {
        memory.close();
        model.close();
    }

    private Attribution.Result attribute() {
        Session session = Requests.session(model, memory);
        Metric metric = new Metric(Metric.Type.LOGIT_DIFFERENCE, LlamaByHand.ANSWER, LlamaByHand.FOIL, -1);
        Attribution.Query query = new Attribution.Query(metric, null, true, true, 4, List.of(), true);
        int[] twice = {LlamaByHand.TOKEN, LlamaByHand.TOKEN};
        return Attribution.compute(session, Requests.inputs(session, twice), query)
                .results()
                .get(0);
    }

    @Test
    void theLogitDifferenceIsTheSumOfItsComponents() {
        Attribution.Result result = attribute();
        assertThat(result.positions()).containsExactly(1);
        assertThat(result.logit().get(0)).isCloseTo(8, offset(1e-6));
        assertThat(result.total().get(0)).isCloseTo(8, offset(1e-6));
        assertThat(result.residual().get(0)).isCloseTo(0, offset(1e-6));
        assertThat(result.softCapped()).isNull();
    }

    @Test
    void eachComponentAddsItsOutputTimesTheUnembeddingOverTheNorm() {
        LogitComponents components = attribute().components();
        assertThat(components.tokenEmbedding().toFloats()).containsExactly(new float[] {2}, offset(EXACT)); // 8 / 4
        assertThat(components.heads().toFloats())
                .containsExactly(new float[] {0.75f, 1.25f}, offset(EXACT)); // 3/4, 5/4
        assertThat(components.mlps().toFloats()).containsExactly(new float[] {4}, offset(EXACT)); // 2 · 8 / 4
        assertThat(components.attentionBias().toFloats()).containsExactly(0);
        assertThat(components.outputBias().toFloats()).containsExactly(0);
    }

    @Test
    void headsAreSplitByTheirTwoEqualSourcesAndTheMlpByNeuron() {
        LogitComponents components = attribute().components();
        assertThat(components.sources().toFloats())
                .containsExactly(new float[] {0.375f, 0.375f, 0.625f, 0.625f}, offset(EXACT));
        assertThat(components.neurons().toFloats()).containsExactly(new float[] {4, 0}, offset(EXACT));
        assertThat(components.mlpBias().toFloats()).containsExactly(new float[] {0}, offset(EXACT));
    }

    @Test
    void theLargestComponentsComeFirst() {
        List<Component> top = attribute().top();
        assertThat(top).extracting(Component::component).containsExactly("mlp", "token_embedding", "head", "head");
        assertThat(top).extracting(Component::head).containsExactly(null, null, 1, 0);
        assertThat(top).extracting(Component::position).containsOnly(1);
    }
}
