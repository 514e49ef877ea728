package dev.headlight.interp.heads;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.interp.Requests;
import dev.headlight.interp.session.Session;
import dev.headlight.model.Fixture;
import dev.headlight.model.HookedModel;
import dev.headlight.model.arch.RandomModels;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.tensor.AnswerMemory;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The circuits of heads against runs of the same models. */
class HeadCircuitTest {
    private static final long SEED = 17;

    @TempDir
    private Path scratch;

    static List<Path> origins() {
        return RandomModels.origins();
    }

    private static HeadCircuit.Result circuit(
            HookedModel model, AnswerMemory kept, HeadCircuit.Query query, int... ids) {
        Session session = Requests.session(model, kept);
        return HeadCircuit.compute(session, Requests.inputs(session, ids), query)
                .results()
                .get(0);
    }

    /** Every family has both, except OV where a non-linear layer follows, and the lists are the circuit's ends in order. */
    @ParameterizedTest
    @MethodSource("origins")
    void everyFamilyHasItsCircuits(Path origin) {
        try (HookedModel model = new RandomModels(SEED + origin.getFileName().hashCode()).next(origin, scratch);
                AnswerMemory kept = new AnswerMemory()) {
            int vocabulary = model.info().vocabSize();
            int[] all = IntStream.range(0, vocabulary).toArray();
            int head = model.info().nHeads() - 1;
            for (HeadCircuit.Kind kind : HeadCircuit.Kind.values()) {
                HeadCircuit.Query query = new HeadCircuit.Query(0, head, kind, 4);
                if (kind == HeadCircuit.Kind.OV && !model.weightAnalyses().readsLinearly()) {
                    assertThatThrownBy(() -> circuit(model, kept, query, 1, 2))
                            .isInstanceOf(BadSelection.class)
                            .hasMessageContaining("non-linear layer");
                    continue;
                }
                int[] some = Arrays.copyOf(all, Math.min(vocabulary, context(model)));
                HeadCircuit.Result result = circuit(model, kept, query, some);
                float[] values = result.circuit().toFloats();
                assertThat(result.rows()).hasSize(some.length);
                float[] whole = alone(model, kind, head, some[1]);
                List<Integer> order = IntStream.range(0, vocabulary)
                        .boxed()
                        .sorted(Comparator.comparingDouble(id -> -whole[id]))
                        .toList();
                HeadCircuit.Row row = result.rows().get(1);
                assertThat(row.top().stream().map(HeadCircuit.Scored::tokenId)).isEqualTo(order.subList(0, 4));
                assertThat(row.bottom().get(0).tokenId()).isEqualTo(order.get(vocabulary - 1));
                for (int id = 0; id < some.length; id++) {
                    assertThat(values[some.length + id])
                            .isCloseTo(whole[id], offset(1e-5f + 1e-5f * Math.abs(whole[id])));
                }
            }
        }
    }

    private static int context(HookedModel model) {
        Integer context = model.info().contextLength();
        return context == null ? 40 : context;
    }

    /** Of one token, over the vocabulary. */
    private static float[] alone(HookedModel model, HeadCircuit.Kind kind, int head, int token) {
        try (NDManager manager = model.newManager()) {
            NDArray ids = manager.create(new long[] {token});
            return (kind == HeadCircuit.Kind.OV
                            ? model.weightAnalyses().ov(0, head, ids)
                            : model.weightAnalyses().qk(0, head, ids))
                    .toFloatArray();
        }
    }

    @ParameterizedTest
    @CsvSource({"4, 0, layer", "-1, 0, layer", "0, 9, head"})
    void whatTheModelLacksIsRefused(int layer, int head, String field) {
        try (AnswerMemory kept = new AnswerMemory()) {
            HookedModel model = Fixture.of("gpt2").model();
            assertThatThrownBy(() ->
                            circuit(model, kept, new HeadCircuit.Query(layer, head, HeadCircuit.Kind.QK, null), 1))
                    .isInstanceOf(BadSelection.class)
                    .hasMessageContaining("must be 0..")
                    .extracting(e -> ((BadSelection) e).field())
                    .isEqualTo(field);
            assertThatThrownBy(() -> circuit(model, kept, new HeadCircuit.Query(0, 0, HeadCircuit.Kind.QK, 0), 1))
                    .hasMessageContaining("must be 1..");
        }
    }
}
