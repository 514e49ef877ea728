package dev.headlight.web;

import dev.headlight.model.fault.BadSetting;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/** Explains in two lines, instead of a stack trace, which setting keeps the service from starting. */
@Order(Ordered.HIGHEST_PRECEDENCE) // before the one of Spring that explains how it binds settings
class BadSettingAnalyzer extends AbstractFailureAnalyzer<BadSetting> {
    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, BadSetting cause) {
        return new FailureAnalysis(cause.getMessage(), "Change " + cause.property() + " or remove it.", cause);
    }
}
