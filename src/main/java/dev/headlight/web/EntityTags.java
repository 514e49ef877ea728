package dev.headlight.web;

import dev.headlight.model.HookedModel;
import dev.headlight.model.Provenance;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.web.context.request.RequestAttributes;
import org.springframework.web.context.request.RequestContextHolder;

/**
 * Validators of answers, known before anything is computed: of the request, the weights, the versions, the settings and the
 * format. They are weak, because an answer that was computed in a batch with others may differ in the last digits.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9110#field.etag">RFC 9110, section 8.8.3</a>
 */
final class EntityTags {
    private static final String SEED_CHOSEN = EntityTags.class.getName();

    private EntityTags() {}

    /** Notes that the service chose a seed for the current request: another answer to it would differ. */
    static void seedChosen() {
        RequestAttributes request = RequestContextHolder.getRequestAttributes();
        if (request != null) {
            request.setAttribute(SEED_CHOSEN, true, RequestAttributes.SCOPE_REQUEST);
        }
    }

    /** Whether the same request always has the same answer. */
    private static boolean deterministic(AnalysisRequest request) {
        return request.deterministic()
                && !request.dryRun()
                && RunningRequests.currentRequest().getAttribute(SEED_CHOSEN) == null;
    }

    /**
     * The validator of an answer; null if the next answer may differ or the hash of the weights is not known yet.
     *
     * @param models the models that compute it
     */
    static @Nullable String of(AnalysisRequest request, Format format, List<HookedModel> models, Object settings) {
        if (!deterministic(request)) {
            return null;
        }
        StringBuilder all = new StringBuilder(ApiVersion.VERSION + format + settings + request);
        for (HookedModel model : models) {
            Provenance provenance = model.provenance(List.of());
            if (provenance.weightsSha256() == null) {
                return null;
            }
            all.append(provenance);
        }
        return "W/\"" + HexFormat.of().formatHex(Sha256.of(all.toString()), 0, 16) + "\"";
    }

    /** Headers of an answer with this validator; an answer without one is not stored. */
    static HttpHeaders headers(@Nullable String tag) {
        HttpHeaders headers = new HttpHeaders();
        headers.add(HttpHeaders.VARY, HttpHeaders.ACCEPT);
        if (tag == null) {
            headers.setCacheControl(CacheControl.noStore());
        } else {
            headers.setETag(tag);
            headers.setCacheControl(CacheControl.noCache().cachePrivate()); // kept, and asked for again
        }
        return headers;
    }

    /** Whether the current request is a GET of a client that has the answer with this validator. */
    static boolean isKnown(@Nullable String tag) {
        HttpServletRequest request = RunningRequests.currentRequest();
        String known = request.getHeader(HttpHeaders.IF_NONE_MATCH);
        return tag != null
                && known != null
                && HttpMethod.GET.matches(request.getMethod())
                && Arrays.stream(known.split(",")).map(String::strip).anyMatch(k -> k.equals("*") || k.equals(tag));
    }
}
