package dev.headlight.web;

import org.apache.catalina.Context;
import org.apache.catalina.core.StandardHost;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import tools.jackson.databind.json.JsonMapper;

/**
 * Lets Tomcat tell when a client goes away, log every request, refuse requests with problem documents, and keep its threads
 * from waiting for clients.
 */
@Configuration(proxyBeanMethods = false)
class TomcatConfiguration {
    @Bean
    WebServerFactoryCustomizer<TomcatServletWebServerFactory> tomcat(
            OperatorMetrics metrics,
            HeadlightProperties properties,
            JsonMapper mapper,
            RequestBodies bodies,
            @Value("${management.endpoints.web.base-path:/actuator}") String management) {
        return factory -> {
            factory.setProtocol(WatchedHttp11Protocol.class.getName());
            factory.addEngineValves(
                    new RequestLogValve(metrics, properties.logPrompts()),
                    new RequestValve(bodies, management + "/health"));
            factory.addContextCustomizers(context -> answerProblems(context, mapper));
            factory.addConnectorCustomizers(connector -> connector.setAllowTrace(true)); // which TraceRefusal refuses
        };
    }

    /** Adds the valve behind that of Spring Boot, which then finds the answer written. */
    private static void answerProblems(Context context, JsonMapper mapper) {
        StandardHost host = (StandardHost) context.getParent();
        host.getPipeline().addValve(new ProblemValve(mapper));
        host.setErrorReportValveClass(ProblemValve.class.getName()); // else Tomcat adds its own
    }
}
