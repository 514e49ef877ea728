package dev.headlight.model.hook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.model.Fixture;
import dev.headlight.model.HookedModel;
import dev.headlight.tensor.Ops;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class HooksTest {
    private static final HookName FIRST = new HookName(0, Site.MLP_OUT);
    private static final HookName FINAL = HookName.of(Site.LN_FINAL);
    private static final HookName LOGITS = HookName.of(Site.LOGITS);

    private final HookedModel model = Fixture.of("gpt2").model();
    private final int[] ids = {1, 2, 3, 4};

    @Test
    void readingHooksSeeOnlyWhatTheyWantAndChangeNothing() {
        try (NDManager memory = model.newManager()) {
            NDArray rows = HookedModel.ids(memory, List.of(ids));
            List<HookName> read = new ArrayList<>();
            Hooks hooks = Hooks.reading(FIRST::equals, (name, value) -> read.add(name));
            float[] logits = model.forward(rows, hooks).toFloatArray();
            assertThat(read).containsExactly(FIRST);
            assertThat(hooks.changes(FIRST)).isFalse();
            assertThat(hooks.keeps(FIRST)).isFalse();
            assertThat(logits)
                    .isEqualTo(model.forward(rows, new Capture(List.of())).toFloatArray());
        }
    }

    @Test
    void changingHooksChangeOnlyWhatTheyWantAndLaterHooksSeeIt() {
        try (NDManager memory = model.newManager()) {
            NDArray rows = HookedModel.ids(memory, List.of(ids));
            Capture after = new Capture(List.of(FIRST));
            Hooks hooks = Hooks.changing(FIRST::equals, (name, value) -> value.zerosLike());
            assertThat(hooks.changes(FIRST)).isTrue();
            assertThat(hooks.changes(FINAL)).isFalse();
            model.forward(rows, hooks.then(after));
            assertThat(after.value(FIRST).abs().sum().getFloat()).isZero();
        }
    }

    @Test
    void onlyHooksAfterTheLastBlockNeedTheWholeUnembedding() {
        for (HookName name : model.hookPoints().every()) {
            boolean needed = Hooks.changing(name::equals, (n, value) -> value).needsWholeUnembedding();
            assertThat(needed).as(name.toString()).isEqualTo(name.site().isAfterBlocks());
        }
    }

    @Test
    void chosenPositionsAreUnembeddedAloneWithoutHooksAndInWholeRunsWithThem() {
        try (NDManager memory = model.newManager()) {
            Hooks none = new Capture(List.of());
            NDArray rows = HookedModel.ids(memory, List.of(ids));
            NDArray resid = model.runBlocks(rows, none, null);
            float[] all = model.unembed(resid, none).toFloatArray();
            int vocabulary = model.info().vocabSize();
            for (HookName seen : List.of(FIRST, FINAL, LOGITS)) {
                List<Long> positions = new ArrayList<>();
                Hooks hooks = Hooks.reading(
                        name -> name.equals(seen),
                        (name, value) -> positions.add(value.getShape().get(1)));
                NDArray some = model.unembedAt(resid, new int[] {3, 1}, hooks);
                NDArray one = model.unembedAt(resid, 3, hooks);
                assertThat(some.getShape().getShape()).containsExactly(1, 2, vocabulary);
                assertThat(one.getShape().getShape()).containsExactly(1, 1, vocabulary);
                assertThat(positions).allMatch(n -> n == ids.length).hasSize(seen == FIRST ? 0 : 2);
                close(Ops.slice(some, 1, 0, 1), all, 3);
                close(Ops.slice(some, 1, 1, 2), all, 1);
                close(one, all, 3);
            }
        }
    }

    /** Another number of rows may be multiplied in another order. */
    private static void close(NDArray logits, float[] all, int position) {
        float[] found = logits.toFloatArray();
        for (int i = 0; i < found.length; i++) {
            assertThat(found[i]).isCloseTo(all[position * found.length + i], within(1e-5f));
        }
    }
}
