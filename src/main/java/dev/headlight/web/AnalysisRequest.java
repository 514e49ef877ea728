package dev.headlight.web;

import dev.headlight.interp.session.Input;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The fields that every analysis request has. */
public interface AnalysisRequest extends InputRequest {
    /** How many results the answer has. */
    int results();

    /** How JSON writes tensors; null where the answer has none, and where the client left it out. */
    default @Nullable Encoding encoding() {
        return null;
    }

    /** Whether the identities that must hold are measured too. */
    boolean verify();

    /** Whether the answer is the cost, and nothing is run. */
    boolean dryRun();

    /** The model whose answer is compared; null for none. */
    @Nullable
    String compareTo();

    /** A request with one result for each prompt of its one input field. */
    interface OfEachInput extends AnalysisRequest {
        /** The one input field. */
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
