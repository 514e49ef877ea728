package dev.headlight.web;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.core.MethodParameter;
import org.springframework.web.HttpMediaTypeNotAcceptableException;
import org.springframework.web.accept.HeaderContentNegotiationStrategy;
import org.springframework.web.bind.support.WebDataBinderFactory;
import org.springframework.web.context.request.NativeWebRequest;
import org.springframework.web.context.request.RequestAttributes;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.method.support.ModelAndViewContainer;
import org.springframework.web.servlet.HandlerMapping;

/** Resolves a controller's {@link Format} parameter from the {@code Accept} header before anything is computed. */
final class FormatResolver implements HandlerMethodArgumentResolver {
    private static final String ATTRIBUTE = FormatResolver.class.getName();

    private final HeaderContentNegotiationStrategy strategy = new HeaderContentNegotiationStrategy();

    @Override
    public boolean supportsParameter(MethodParameter parameter) {
        return parameter.getParameterType() == Format.class;
    }

    @Override
    public Format resolveArgument(
            MethodParameter parameter,
            @Nullable ModelAndViewContainer container,
            NativeWebRequest request,
            @Nullable WebDataBinderFactory binders)
            throws HttpMediaTypeNotAcceptableException {
        List<Format> offered = offered(Objects.requireNonNull(request.getNativeRequest(HttpServletRequest.class)));
        List<Format> accepted = strategy.resolveMediaTypes(request).stream()
                .filter(wanted -> wanted.getQualityValue() > 0)
                .flatMap(wanted -> offered.stream().filter(format -> wanted.includes(format.mediaType())))
                .distinct()
                .toList();
        if (accepted.isEmpty()) {
            throw new HttpMediaTypeNotAcceptableException(
                    offered.stream().map(Format::mediaType).toList());
        }
        request.setAttribute(ATTRIBUTE, accepted, RequestAttributes.SCOPE_REQUEST);
        return accepted.get(0);
    }

    /** The formats that the current request accepts and the endpoint offers, sorted by preference (q-value). */
    static List<Format> accepted() {
        Object accepted = RequestContextHolder.currentRequestAttributes()
                .getAttribute(ATTRIBUTE, RequestAttributes.SCOPE_REQUEST);
        return ((List<?>) Objects.requireNonNull(accepted))
                .stream().map(Format.class::cast).toList();
    }

    /** The formats that the endpoint produces, JSON first. */
    private static List<Format> offered(HttpServletRequest request) {
        Object produced = request.getAttribute(HandlerMapping.PRODUCIBLE_MEDIA_TYPES_ATTRIBUTE);
        return Arrays.stream(Format.values())
                .filter(f -> !(produced instanceof Set<?> types) || types.contains(f.mediaType()))
                .toList();
    }
}
