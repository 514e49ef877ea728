package dev.headlight.web;

import dev.headlight.model.fault.BadSelection;
import java.util.List;
import org.springframework.http.MediaType;

/** Checks that the format that the client accepts can hold the answer. */
public final class FormatCheck {
    /** The format that the client accepts cannot hold the answer. Answered 406. */
    public static final class NotInThisFormat extends RuntimeException {
        /**
         * Refuses a format.
         *
         * @param detail the part that the format cannot hold, and the format to accept instead
         */
        public NotInThisFormat(String detail) {
            super(detail);
        }
    }

    private FormatCheck() {}

    /**
     * The format whose size a dry run estimates: the client's first choice that is not a picture. The size of a picture is known
     * only when it has been drawn.
     *
     * @param accepted all formats that the client accepts, most preferred first
     * @throws NotInThisFormat if JSON is not among them: only JSON can hold a cost
     */
    static Format ofDryRun(List<Format> accepted) {
        if (!accepted.contains(Format.JSON)) {
            throw new NotInThisFormat("dry_run: " + accepted.get(0).mediaType() + " cannot hold the cost; accept "
                    + MediaType.APPLICATION_JSON_VALUE + " too");
        }
        return accepted.stream().filter(f -> !f.isPicture()).findFirst().orElseThrow();
    }

    /**
     * Refuses a format that cannot hold the answer to a request.
     *
     * @param tensorsPerResult number of tensors in each result of the answer
     * @throws NotInThisFormat if the answer has more tensors than the format can hold, or a part that it cannot hold
     * @throws BadSelection if the format is a picture and the request has several inputs
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
