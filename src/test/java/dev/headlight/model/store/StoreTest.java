package dev.headlight.model.store;

import dev.headlight.model.Fixture;
import dev.headlight.model.HookedModel;
import dev.headlight.model.arch.Architectures;
import dev.headlight.model.checkpoint.Checkpoint;
import dev.headlight.model.hook.Capture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.io.TempDir;

/** Models of several fixtures in one folder, with a memory budget. */
abstract class StoreTest {
    static final List<String> FIXTURES =
            List.of("gpt2", "llama", "mistral", "gpt_neox", "qwen3"); // of about the same size

    @TempDir
    Path folder;

    final AtomicInteger loads = new AtomicInteger();

    Models models(MemoryBudget budget, Duration wait) throws IOException {
        for (String name : FIXTURES) {
            Path to = folder.resolve(name);
            if (!Files.exists(to)) {
                Fixture.copy(name, Files.createDirectory(to));
            }
        }
        return new Models(
                new Catalogue("micro", new Checkpoint(Fixture.resource("/fixtures/gpt2")), folder, "micro"),
                Fixture.TORCH,
                new Architectures(),
                budget,
                wait,
                (m, t) -> loads.incrementAndGet());
    }

    static float[] logits(HookedModel model, Fixture f) {
        try (var manager = model.newManager()) {
            return model.forward(HookedModel.ids(manager, List.of(f.prompts().get("a"))), new Capture(List.of()))
                    .toFloatArray();
        }
    }
}
