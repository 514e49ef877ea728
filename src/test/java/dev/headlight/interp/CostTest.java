package dev.headlight.interp;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.types.DataType;
import dev.headlight.model.Allocations;
import dev.headlight.model.Encoded;
import dev.headlight.model.HookedModel;
import dev.headlight.model.arch.RandomModels;
import dev.headlight.tensor.Kept;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The memory that a request is said to take, against what it really takes: models and requests drawn at random. */
class CostTest {
    private static final int MODELS = Integer.getInteger("headlight.random-models", 2); // of each fixture
    private static final long SEED = Long.getLong("headlight.seed", 5);
    private static final List<DataType> DTYPES = List.of(DataType.FLOAT32, DataType.FLOAT16);
    private static final int LONGEST = 200;
    private static final double TOLERANCE = 0.2;

    private static double least = 1;
    private static double most = 1;
    private static int requests;

    @TempDir
    private Path scratch;

    private Allocations native_;

    static List<Path> origins() {
        return RandomModels.origins();
    }

    @BeforeEach
    void watch() {
        native_ = new Allocations();
    }

    @AfterEach
    void leave() {
        native_.close();
    }

    @AfterAll
    static void report() {
        System.out.printf(
                "Estimated over really allocated bytes of %d requests: %.3f to %.3f%n", requests, least, most);
    }

    @ParameterizedTest
    @MethodSource("origins")
    void theEstimateIsWhatIsReallyAllocated(Path origin) {
        RandomModels models = new RandomModels(SEED + origin.getFileName().hashCode(), LONGEST);
        Random random = new Random(SEED);
        for (int i = 0; i < MODELS; i++) {
            try (HookedModel model = models.next(origin, scratch, DTYPES.get(i % DTYPES.size()))) {
                RandomRequests drawn = new RandomRequests(model, random, longest(model));
                check(model, "attention", drawn.inputs(), drawn.attention(), false);
                check(model, "activations", drawn.inputs(), drawn.activations(), false);
                check(model, "top neurons", drawn.inputs(), drawn.topNeurons(), false);
                check(model, "interventions", drawn.inputs(), drawn.interventions(), false);
                check(model, "heads", drawn.inputs(), drawn.heads(), false);
                check(model, "lens", drawn.inputs(), drawn.lens(), false);
                RandomRequests.Request attribution = drawn.attribution();
                if (attribution != null) {
                    check(model, "attribution", drawn.inputs(), attribution, false);
                }
                check(model, "patching", drawn.pair(), drawn.patching(), false);
                check(model, "verified", drawn.inputs(), drawn.activations(), true);
            }
        }
    }

    private static int longest(HookedModel model) {
        Integer context = model.info().contextLength();
        return context == null ? LONGEST : context;
    }

    private void check(HookedModel model, String what, int[][] ids, RandomRequests.Request request, boolean verified) {
        long before = native_.held();
        native_.reset();
        Cost cost;
        long allocated;
        try (Kept kept = new Kept()) {
            Session session = Requests.session(model, kept);
            cost = session.rehearse(rehearsal -> {
                List<Encoded> inputs = Requests.inputs(rehearsal, ids);
                request.rehearse(rehearsal, inputs);
                if (verified) {
                    new Verifier(rehearsal, inputs).verify();
                }
            });
            assertThat(native_.peak()).as("a rehearsal allocates nothing").isEqualTo(before);
            List<Encoded> inputs = Requests.inputs(session, ids);
            request.compute(session, inputs);
            if (verified) {
                new Verifier(session, inputs).verify();
            }
            allocated = native_.peak() - before;
        }
        double ratio = (double) cost.bytes() / allocated;
        requests++;
        if (Math.abs(ratio - 1) > 0.02)
            System.out.println("OFF " + what + " " + ratio + " " + model.info().architecture() + " "
                    + model.info().nExperts());
        least = Math.min(least, ratio);
        most = Math.max(most, ratio);
        assertThat(ratio)
                .as(
                        "%s of %s %s: %d estimated, %d allocated",
                        what, model.dtype(), model.info(), cost.bytes(), allocated)
                .isBetween(1 - TOLERANCE, 1 + TOLERANCE);
    }
}
