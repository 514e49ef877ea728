package dev.headlight.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScratchTest {
    private static boolean isFreed(NDArray array) {
        return ((PtNDArray) array).isReleased();
    }

    @Test
    void workFreesWhatItMadeExceptWhatItKept() {
        try (NDManager memory = NDManager.newBaseManager()) {
            List<NDArray> made = new ArrayList<>();
            Scratch.run(() -> {
                made.add(memory.create(1f));
                made.add(Scratch.keep(memory.create(2f)));
            });
            assertThat(made).extracting(ScratchTest::isFreed).containsExactly(true, false);
        }
    }

    @Test
    void aValueOnTheHeapOutlivesTheArraysItWasReadFrom() {
        try (NDManager memory = NDManager.newBaseManager()) {
            List<NDArray> made = new ArrayList<>();
            float value = Scratch.read(() -> {
                made.add(memory.create(3f));
                return made.get(0).getFloat();
            });
            assertThat(value).isEqualTo(3);
            assertThat(made).extracting(ScratchTest::isFreed).containsExactly(true);
        }
    }

    @Test
    void theOnlyResultBelongsToTheScopeAroundIt() {
        try (NDManager memory = NDManager.newBaseManager()) {
            List<NDArray> made = new ArrayList<>();
            Scratch.run(() -> {
                made.add(Scratch.only(() -> {
                    made.add(memory.create(1f));
                    return made.get(0).add(1);
                }));
                assertThat(made).extracting(ScratchTest::isFreed).containsExactly(true, false);
            });
            assertThat(made).extracting(ScratchTest::isFreed).containsExactly(true, true);
        }
    }

    @Test
    void aKeptResultOutlivesAllScopes() {
        try (NDManager memory = NDManager.newBaseManager()) {
            List<NDArray> made = new ArrayList<>();
            Scratch.run(() -> made.add(Scratch.keep(() -> {
                made.add(memory.create(1f));
                return made.get(0).add(1);
            })));
            assertThat(made).extracting(ScratchTest::isFreed).containsExactly(true, false);
            assertThat(made.get(1).getFloat()).isEqualTo(2);
        }
    }

    @Test
    void aKeptArrayOfTheScopeAroundItOutlivesThatToo() {
        try (NDManager memory = NDManager.newBaseManager()) {
            List<NDArray> made = new ArrayList<>();
            Scratch.run(() -> {
                made.add(memory.create(1f));
                Scratch.keep(() -> made.get(0));
            });
            assertThat(made).extracting(ScratchTest::isFreed).containsExactly(false);
        }
    }
}
