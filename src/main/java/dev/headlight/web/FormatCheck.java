package dev.headlight.web;

import dev.headlight.model.fault.BadSelection;
import java.util.List;
import org.springframework.http.MediaType;

/** Checks that the form that the client accepts can hold the answer. */
public final class FormatCheck {
    /** The answer does not fit into the form that the client accepts. */
    public static final class NotInThisFormat extends RuntimeException {
        public NotInThisFormat(String why) {
            super(why);
        }
    }

    private FormatCheck() {}

    /**
     * The form that the answer of a dry run stands for: the client's first choice that is not a picture, since the size of a
     * picture is only known once it is drawn.
     *
     * @param accepted all forms that the client accepts, in the order of its preference
     * @throws NotInThisFormat if JSON, which alone holds a cost, is not among them
     */
    static Format ofDryRun(List<Format> accepted) {
        if (!accepted.contains(Format.JSON)) {
            throw new NotInThisFormat("dry_run: " + accepted.get(0).mediaType() + " cannot hold the cost; accept "
                    + MediaType.APPLICATION_JSON_VALUE + " too");
        }
        return accepted.stream().filter(f -> !f.isPicture()).findFirst().orElseThrow();
    }

    /**
     * Refuses a form that cannot hold the answer to a request.
     *
     * @param tensorsPerResult how many tensors the answer has for each of its results
     * @throws NotInThisFormat if it has too many tensors for the form, or a part that the form has no place for
     * @throws BadSelection if several inputs would have to be one picture
     */
    static void require(AnalysisRequest request, Format format, int tensorsPerResult) {
        int tensors = request.results() * tensorsPerResult;
        if (format == Format.NPY && tensors != 1) {
            throw new NotInThisFormat("the answer holds " + tensors + " tensors and an npy file exactly one; accept "
                    + Format.SAFETENSORS_VALUE + " instead");
        }
        if (request.compareTo() != null && (format == Format.NPY || (format.isPicture() && tensorsPerResult == 0))) {
            throw new NotInThisFormat("compare_to: " + format.mediaType() + " cannot hold the comparison; accept "
                    + MediaType.APPLICATION_JSON_VALUE + " instead");
        }
        if (request.verify() && !format.holdsText()) {
            throw new NotInThisFormat("verify: " + format.mediaType() + " cannot hold the verification; accept "
                    + MediaType.APPLICATION_JSON_VALUE + " instead");
        }
        if (format.isPicture() && request.results() > 1) {
            throw new BadSelection("input", "holds " + request.results() + " inputs and a picture shows exactly 1");
        }
    }
}
