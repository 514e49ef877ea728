package dev.headlight.web;

import dev.headlight.interp.session.Input;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The fields that every analysis request has. */
public interface AnalysisRequest extends InputRequest {
    /** Number of results in the answer. */
    int results();

    /** Encoding of tensors in JSON; null if the answer has no tensors or the client did not choose. */
    default @Nullable Encoding encoding() {
        return null;
    }

    /** Whether to check the identities that hold in every run, too. */
    boolean verify();

    /** Whether to answer the cost instead of running the analysis. */
    boolean dryRun();

    /** Whether the same request always has the same answer: it needs no seed, or gives it. */
    default boolean deterministic() {
        return true;
    }

    /** Id of the model to compare with; null for none. */
    @Nullable
    String compareTo();

    /** A request with the single input field {@code input}, and one result for each of its prompts. */
    interface OfEachInput extends AnalysisRequest {
        /** The field {@code input}. */
        Input input();

        @Override
        default List<Input> inputs() {
            return List.of(input());
        }

        @Override
        default int results() {
            return input().prompts().size();
        }
    }
}
