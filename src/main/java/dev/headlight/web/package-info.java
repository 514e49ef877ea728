/**
 * The machinery of the HTTP API: settings, models and downloads, JSON in, the negotiated format out, errors as problem
 * documents, OpenAPI. {@code AnalysisRunner} runs the analyses; their endpoints are in {@code dev.headlight.web.analysis}.
 */
@NullMarked
package dev.headlight.web;

import org.jspecify.annotations.NullMarked;
