package dev.headlight.web;

import jakarta.servlet.ServletException;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.apache.catalina.AccessLog;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;
import org.springframework.web.servlet.HandlerMapping;

/**
 * Logs one line per request when its answer has been sent, also for those that Tomcat refuses. Probes that succeed are
 * logged at DEBUG. Nothing that the model read is logged unless {@code headlight.log-prompts} is true.
 */
final class RequestLogValve extends ValveBase implements AccessLog {
    private static final Logger log = LoggerFactory.getLogger(RequestLog.class);
    private static final int LONGEST_PATH = 256;
    private static final int LONGEST_PROMPT = 4096;

    private final OperatorMetrics metrics;
    private final boolean logPrompts;

    RequestLogValve(OperatorMetrics metrics, boolean logPrompts) {
        super(true);
        this.metrics = metrics;
        this.logPrompts = logPrompts;
    }

    @Override
    public void invoke(Request request, Response response) throws IOException, ServletException {
        getNext().invoke(request, response);
    }

    /** @param nanos since the first byte of the request was read */
    @Override
    @SuppressWarnings("try") // the resource only ends with the block
    public void log(Request request, Response response, long nanos) {
        RequestUsage usage = RequestUsage.of(request);
        if ("*".equals(request.getRequestURI())) { // Tomcat has answered it, with methods that no path has
            response.setHeader("Allow", "DELETE, GET, HEAD, OPTIONS, POST");
            response.setHeader(RequestLog.HEADER, RequestLog.idOf(request));
        }
        if (usage.ran()) {
            metrics.answered(
                    String.valueOf(request.getAttribute(HandlerMapping.BEST_MATCHING_PATTERN_ATTRIBUTE)), usage);
        }
        Level level = isProbe(request) && response.getStatus() < 400 ? Level.DEBUG : Level.INFO;
        if (log.isEnabledForLevel(level)) {
            try (MDC.MDCCloseable id = MDC.putCloseable(RequestLog.KEY, RequestLog.idOf(request))) {
                write(log.atLevel(level), fields(request, response, usage, nanos));
            }
        }
    }

    private static boolean isProbe(Request request) {
        String path = String.valueOf(request.getRequestURI());
        return path.equals("/actuator/prometheus") || path.startsWith("/actuator/health");
    }

    private static void write(LoggingEventBuilder line, Map<String, Object> fields) {
        String rest = fields.entrySet().stream()
                .skip(3)
                .map(field -> field.getKey() + "=" + field.getValue())
                .collect(Collectors.joining(" "));
        LoggingEventBuilder full = line;
        for (Map.Entry<String, Object> field : fields.entrySet()) {
            full = full.addKeyValue(field.getKey(), field.getValue());
        }
        full.log("{} {} {} {}", fields.get("method"), fields.get("path"), fields.get("status"), rest);
    }

    private Map<String, Object> fields(Request request, Response response, RequestUsage usage, long nanos) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("method", Objects.requireNonNullElse(request.getMethod(), "-"));
        fields.put("path", path(request));
        fields.put(
                "status",
                BodyTransfer.wasCutOff(request)
                        ? Problem.Kind.CLIENT_GONE.status
                        : RequestValve.status(request, response));
        fields.put("bytes_in", request.getCoyoteRequest().getBytesRead());
        fields.put("bytes_out", response.getBytesWritten(false));
        putIfKnown(fields, "key", usage.key());
        putIfKnown(fields, "model", usage.model());
        if (usage.ran()) {
            fields.put("tokens", usage.tokens());
            fields.put("queue_ms", millis(usage.queueNanos()));
            fields.put("compute_ms", millis(usage.computeNanos()));
        }
        fields.put("total_ms", millis(nanos));
        if (logPrompts) {
            putIfKnown(
                    fields,
                    "prompts",
                    usage.inputs() == null ? null : quoted(usage.inputs().toString()));
        }
        return fields;
    }

    private String path(Request request) {
        String path = Objects.requireNonNullElse(request.getRequestURI(), "-");
        return logPrompts && request.getQueryString() != null
                ? quoted(path + "?" + request.getQueryString())
                : shortened(path, LONGEST_PATH);
    }

    private static void putIfKnown(Map<String, Object> fields, String name, @Nullable String value) {
        if (value != null) {
            fields.put(name, value);
        }
    }

    private static double millis(long nanos) {
        return Math.round(nanos / 1e5) / 10.0;
    }

    /** On one line, so that a prompt cannot forge another. */
    private static String quoted(String text) {
        return '"' + shortened(text, LONGEST_PROMPT).replaceAll("\\p{Cntrl}", " ") + '"';
    }

    private static String shortened(String text, int longest) {
        return text.length() <= longest ? text : text.substring(0, longest) + "…";
    }

    @Override
    public void setRequestAttributesEnabled(boolean enabled) {}

    @Override
    public boolean getRequestAttributesEnabled() {
        return false;
    }
}
