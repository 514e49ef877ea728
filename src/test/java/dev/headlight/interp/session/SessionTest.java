package dev.headlight.interp.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.headlight.interp.Requests;
import dev.headlight.model.Fixture;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.fault.TooLarge;
import dev.headlight.model.text.Encoded;
import dev.headlight.tensor.AnswerMemory;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SessionTest {
    private final Fixture f = Fixture.of("gpt2");
    private final AnswerMemory kept = new AnswerMemory();
    private final Session session = Requests.session(f.model(), kept);

    @AfterEach
    void close() {
        kept.close();
    }

    private static void refused(Runnable call, String field, String message) {
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(
                        BadSelection.class, e -> assertThat(e.field()).isEqualTo(field))
                .hasMessage(message);
    }

    @Test
    void idsOutsideTheVocabularyAreNamedWithTheirPlace() {
        refused(
                () -> Requests.inputs(session, new int[] {1}, new int[] {0, 39, 40}),
                "input[1][2]",
                "40 must be a token id in 0..39");
        refused(
                () -> session.encode(new Input("input", List.of(new Input.Ids(List.of(1L, 1L << 40))), true), true),
                "input[1]",
                "1099511627776 must be a token id in 0..39");
    }

    @Test
    void emptyInputsAreRefused() {
        refused(() -> Requests.inputs(session), "input", "must not be empty");
        refused(
                () -> Requests.inputs(session, new int[] {1}, new int[0]),
                "input[1]",
                "must not be empty: it has 0 tokens");
    }

    @Test
    void anInputLongerThanTheContextIsRefused() {
        int context = f.model().info().contextLength();
        assertThat(Requests.inputs(session, new int[context])).hasSize(1);
        refused(
                () -> Requests.inputs(session, new int[context + 1]),
                "input[0]",
                "has " + (context + 1) + " tokens, and the context of model gpt2 is 1.." + context);
    }

    @Test
    void textForAModelWithoutATokenizerIsRefused() {
        refused(
                () -> session.encode(new Input("input", List.of(new Input.Text("hello")), true), true),
                "input",
                "is text, but model gpt2 has no tokenizer: give token ids in 0..39");
    }

    @Test
    void limitsAreCheckedBeforeIdsAndNameTheirProperty() {
        Session small = new Session(f.model(), new Limits(4, 2, 1 << 20, 1 << 20), kept, WireSize.VALUES);
        assertThatThrownBy(() -> Requests.inputs(small, new int[] {99, 99, 99, 99, 99}))
                .isInstanceOfSatisfying(
                        TooLarge.class, e -> assertThat(e.field()).isEqualTo("input[0]"))
                .hasMessage("5 tokens are more than the limit of 4 (headlight.limits.tokens-per-input)");
        assertThatThrownBy(() -> Requests.inputs(small, new int[1], new int[1], new int[1]))
                .isInstanceOf(TooLarge.class)
                .hasMessage("3 inputs are more than the limit of 2 (headlight.limits.inputs)");
        Session narrow = new Session(f.model(), new Limits(9, 9, 1 << 20, 1000), kept, WireSize.VALUES);
        assertThatThrownBy(() -> Requests.inputs(narrow, new int[9]))
                .isInstanceOf(TooLarge.class)
                .hasMessageContaining("headlight.limits.run-bytes");
    }

    @Test
    void inputsAreGroupedByLengthAndKeepTheirPlaces() {
        List<Encoded> inputs = Requests.inputs(session, new int[3], new int[2], new int[3]);
        List<Session.Batch> batches = session.batches(inputs, List.of());
        assertThat(batches).extracting(Session.Batch::inputs).containsExactly(List.of(0, 2), List.of(1));
        assertThat(batches).extracting(Session.Batch::length).containsExactly(3, 2);
    }

    @Test
    void aBatchHoldsAModerateAmountOfMemory() {
        Session wide = new Session(f.model(), new Limits(1024, 100_000, 1 << 28, 1 << 28), kept, WireSize.VALUES);
        int[][] many = new int[60_000][9];
        List<Session.Batch> batches = wide.batches(Requests.inputs(wide, many), List.of());
        assertThat(batches.size()).isGreaterThan(1);
        long bytes = batches.get(0).rows().size() * f.model().bytes(9);
        assertThat(bytes).isLessThanOrEqualTo(256L << 20);
        assertThat(batches.stream().mapToInt(b -> b.inputs().size()).sum()).isEqualTo(many.length);
    }

    @Test
    void aTokenByItsIdIsCheckedAgainstTheVocabulary() {
        assertThat(session.tokenId("answer", new TokenName(39L, null))).isEqualTo(39);
        refused(() -> session.tokenId("answer", new TokenName(40L, null)), "answer", "40 must be a token id in 0..39");
    }
}
