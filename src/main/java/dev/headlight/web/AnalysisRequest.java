package dev.headlight.web;

import dev.headlight.interp.Input;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The fields that every analysis request has. */
interface AnalysisRequest {
    /** The id of the model; null for the default. */
    @Nullable
    String model();

    /** The inputs that are run, one field of the request after the other. */
    List<Input> inputs();

    /** How many results the answer has. */
    int results();

    /** Whether a text gets the tokenizer's special tokens; null where the client left it out. */
    @Nullable
    Boolean addSpecialTokens();

    /** How JSON writes tensors; null where the answer has none, and where the client left it out. */
    default @Nullable Encoding encoding() {
        return null;
    }

    /** Whether the identities that must hold are measured too; false where nothing is run. */
    default boolean verify() {
        return false;
    }

    /** Whether the answer is the cost, and nothing is run; false where there is nothing to run. */
    boolean dryRun();

    /** The model whose answer is compared; null for none. */
    default @Nullable String compareTo() {
        return null;
    }

    /** Whether a text gets the tokenizer's special tokens; true where the client left it out. */
    default boolean specialTokens() {
        return addSpecialTokens() == null || addSpecialTokens();
    }

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
