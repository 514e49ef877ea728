package dev.headlight.web.access;

import dev.headlight.web.AccessSettings;
import dev.headlight.web.Problem;
import dev.headlight.web.ProblemWriter;
import dev.headlight.web.RequestUsage;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.List;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.web.server.ManagementServerProperties;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.web.server.autoconfigure.ServerProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.security.access.hierarchicalroles.RoleHierarchy;
import org.springframework.security.access.hierarchicalroles.RoleHierarchyImpl;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.annotation.web.configurers.AuthorizeHttpRequestsConfigurer;
import org.springframework.security.config.annotation.web.configurers.HeadersConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.server.resource.web.BearerTokenResolver;
import org.springframework.security.oauth2.server.resource.web.DefaultBearerTokenResolver;
import org.springframework.security.oauth2.server.resource.web.authentication.BearerTokenAuthenticationFilter;
import org.springframework.security.web.AuthenticationEntryPoint;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.access.AccessDeniedHandler;
import org.springframework.security.web.access.intercept.AuthorizationFilter;
import org.springframework.security.web.context.SecurityContextHolderFilter;
import org.springframework.security.web.firewall.HttpFirewall;
import org.springframework.security.web.firewall.StrictHttpFirewall;
import org.springframework.security.web.header.writers.ReferrerPolicyHeaderWriter;
import org.springframework.web.cors.CorsConfiguration;
import org.springframework.web.cors.UrlBasedCorsConfigurationSource;
import org.springframework.web.filter.CorsFilter;

/** Checks every request in this order: site, key or token, rate limit, scope. */
@Configuration(proxyBeanMethods = false)
class AccessConfiguration {
    /** Pages load only what this service serves; Swagger UI needs styles within its elements, and pictures as data. */
    private static final String CONTENT_SECURITY_POLICY =
            "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; object-src 'none'; "
                    + "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    private static final String CHALLENGE = "Bearer realm=\"headlight\", Basic realm=\"headlight\", charset=\"UTF-8\"";

    private final AccessSettings settings;
    private final ApiKeys keys;
    private final boolean guarded;
    private final boolean onLoopback;
    private final ProblemWriter problems;

    AccessConfiguration(
            AccessSettings settings,
            ServerProperties server,
            Environment environment,
            ObjectProvider<JwtDecoder> tokens,
            ProblemWriter problems) {
        this.settings = settings;
        this.keys = new ApiKeys(settings);
        this.guarded = keys.required() || tokens.getIfAvailable() != null;
        this.onLoopback = ListeningCheck.isLoopback(server.getAddress());
        this.problems = problems;
        ListeningCheck.require(server, management(environment), guarded, settings.open());
    }

    /** The settings of the second port, of which Spring Boot makes no bean here. */
    private static ManagementServerProperties management(Environment environment) {
        return Binder.get(environment).bindOrCreate("management.server", ManagementServerProperties.class);
    }

    @Bean
    RoleHierarchy scopesIncluded() {
        return RoleHierarchyImpl.fromHierarchy(
                Scope.ADMIN.authority() + " > " + Scope.RUN.authority() + " > " + Scope.READ.authority());
    }

    @Bean
    SecurityFilterChain accessRules(HttpSecurity http, ObjectProvider<JwtDecoder> tokens) {
        http.csrf(AbstractHttpConfigurer::disable) // nothing is a cookie; SiteFilter refuses other sites
                .requestCache(AbstractHttpConfigurer::disable)
                .logout(AbstractHttpConfigurer::disable)
                .anonymous(AbstractHttpConfigurer::disable)
                .sessionManagement(session -> session.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
                .headers(AccessConfiguration::headers)
                .exceptionHandling(refused ->
                        refused.authenticationEntryPoint(unauthorized()).accessDeniedHandler(forbidden()))
                .authorizeHttpRequests(this::rules)
                .addFilterBefore(
                        new SiteFilter(settings.hosts(), onLoopback, settings.allowedOrigins(), problems),
                        SecurityContextHolderFilter.class)
                .addFilterBefore(new ApiKeyFilter(keys), BearerTokenAuthenticationFilter.class)
                .addFilterBefore(AccessConfiguration::tellLog, AuthorizationFilter.class)
                .addFilterBefore(new RateLimitFilter(settings.rateLimit(), problems), AuthorizationFilter.class);
        if (!settings.allowedOrigins().isEmpty()) {
            http.addFilter(cors(settings.allowedOrigins()));
        }
        if (tokens.getIfAvailable() != null) {
            http.oauth2ResourceServer(server -> server.jwt(jwt -> {})
                    .bearerTokenResolver(tokensThatAreNoKeys())
                    .authenticationEntryPoint(unauthorized())
                    .accessDeniedHandler(forbidden()));
        }
        return http.build();
    }

    /** Methods that no path has are refused as such, not as invalid. */
    @Bean
    HttpFirewall anyMethod() {
        StrictHttpFirewall firewall = new StrictHttpFirewall();
        firewall.setUnsafeAllowAnyHttpMethod(true);
        firewall.setAllowedParameterNames(name -> true); // unknown ones are refused by name
        return firewall;
    }

    private static void tellLog(ServletRequest request, ServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        Authentication known = SecurityContextHolder.getContext().getAuthentication();
        if (known != null) {
            RequestUsage.of(request).key(known.getName());
        }
        chain.doFilter(request, response);
    }

    private void rules(
            AuthorizeHttpRequestsConfigurer<HttpSecurity>.AuthorizationManagerRequestMatcherRegistry requests) {
        if (!guarded) {
            requests.anyRequest().permitAll();
            return;
        }
        String read = Scope.READ.authority();
        String run = Scope.RUN.authority();
        requests.requestMatchers("/actuator/health", "/actuator/health/**")
                .permitAll()
                .requestMatchers(HttpMethod.POST, "/tokenize")
                .hasAuthority(read)
                .requestMatchers(HttpMethod.GET, "/*.svg", "/*.png", "/*/*.svg", "/*/*.png")
                .hasAuthority(run)
                .requestMatchers(request -> isRead(request))
                .hasAuthority(read)
                .requestMatchers("/models", "/models/**")
                .hasAuthority(Scope.ADMIN.authority())
                .anyRequest()
                .hasAuthority(run);
    }

    private static boolean isRead(HttpServletRequest request) {
        return List.of("GET", "HEAD", "OPTIONS").contains(request.getMethod());
    }

    private static void headers(HeadersConfigurer<HttpSecurity> headers) {
        headers.cacheControl(HeadersConfigurer.CacheControlConfig::disable) // answers say it themselves
                .contentSecurityPolicy(policy -> policy.policyDirectives(CONTENT_SECURITY_POLICY))
                .referrerPolicy(policy -> policy.policy(ReferrerPolicyHeaderWriter.ReferrerPolicy.NO_REFERRER));
    }

    /** Browsers send what these allow, and pages may read it. Requests of other origins go on without such headers. */
    private static CorsFilter cors(List<String> origins) {
        CorsConfiguration allowed = new CorsConfiguration();
        allowed.setAllowedOrigins(origins);
        allowed.setAllowedMethods(List.of("GET", "HEAD", "POST", "PUT", "DELETE"));
        allowed.setAllowedHeaders(List.of(CorsConfiguration.ALL));
        allowed.setExposedHeaders(List.of(
                "X-Request-Id",
                HttpHeaders.RETRY_AFTER,
                HttpHeaders.LOCATION,
                HttpHeaders.ETAG,
                "RateLimit",
                "RateLimit-Policy"));
        UrlBasedCorsConfigurationSource everywhere = new UrlBasedCorsConfigurationSource();
        everywhere.registerCorsConfiguration("/**", allowed);
        return new CorsFilter(everywhere) {
            @Override
            protected boolean shouldNotFilter(HttpServletRequest request) {
                return !origins.contains(String.valueOf(request.getHeader(HttpHeaders.ORIGIN)));
            }
        };
    }

    private static BearerTokenResolver tokensThatAreNoKeys() {
        DefaultBearerTokenResolver standard = new DefaultBearerTokenResolver();
        return request ->
                SecurityContextHolder.getContext().getAuthentication() == null ? standard.resolve(request) : null;
    }

    private AuthenticationEntryPoint unauthorized() {
        return (request, response, e) -> {
            response.setHeader(HttpHeaders.WWW_AUTHENTICATE, CHALLENGE);
            problems.write(
                    request,
                    response,
                    Problem.Kind.UNAUTHORIZED,
                    "this service needs a key that it knows, or a valid token: Authorization: Bearer KEY");
        };
    }

    private AccessDeniedHandler forbidden() {
        return (request, response, e) -> problems.write(
                request,
                response,
                Problem.Kind.FORBIDDEN,
                "the key or token lacks the scope for this: read for models and tokens, run for analyses, admin to load, unload "
                        + "and download models");
    }
}
