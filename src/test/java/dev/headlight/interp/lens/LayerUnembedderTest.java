package dev.headlight.interp.lens;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.interp.Requests;
import dev.headlight.interp.intervene.OnGpt2;
import dev.headlight.interp.metric.Prediction;
import dev.headlight.model.HookedModel;
import dev.headlight.model.hook.Capture;
import dev.headlight.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Chunks of positions, as a large vocabulary needs them. */
class LayerUnembedderTest extends OnGpt2 {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 9})
    void whatIsReadAFewPositionsAtATimeIsWhatIsReadAtOnce(int step) {
        LogitLens.Query query = Lenses.query(
                LogitLens.Kind.LOGIT, f.model(), "resid_post", List.of(8, 1, 0, 2, 5), List.of(3, 7), "[]");
        LogitLens.Result all = LogitLens.compute(session, Requests.inputs(session, a), query)
                .results()
                .get(0);
        try (NDManager manager = session.newManager()) {
            Capture stream = new Capture(query.hooks());
            NDArray last = f.model().runBlocks(HookedModel.ids(manager, List.of(a)), stream, null);
            List<NDArray> layers = query.hooks().stream().map(stream::value).toList();
            LogitLens.Entry[] entries = new LogitLens.Entry[10];
            Tensor logits = new LayerUnembedder(
                            session, query, 10, new LayerUnembedder.Run(layers, last, new Capture(List.of())))
                    .read(0, new int[] {8, 1, 0, 2, 5}, step, readings -> readings.readInto(entries, f.model()));
            assertThat(logits.toFloats()).containsExactly(all.logits().toFloats(), offset(1e-6f));
            for (int i = 0; i < entries.length; i++) {
                LogitLens.Entry expected = all.lens().get(i);
                assertThat(entries[i].layer()).isEqualTo(expected.layer());
                assertThat(entries[i].position()).isEqualTo(expected.position());
                assertThat(entries[i].top().stream().map(Prediction.Token::tokenId))
                        .isEqualTo(expected.top().stream()
                                .map(Prediction.Token::tokenId)
                                .toList());
                assertThat(entries[i].klDivergence()).isCloseTo(expected.klDivergence(), offset(1e-6));
            }
        }
    }
}
