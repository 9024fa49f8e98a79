/**
 * Spans of tasks, and trace context in their headers, for OpenTelemetry, whose API is an optional
 * dependency.
 *
 * <pre>
 *  span of the producer                                       span of the handler
 *        |                                                            ^
 *        +-- push --&gt; headers: traceparent, tracestate --&gt; pull --&gt; process
 * </pre>
 */
@NullMarked
package dev.jetlane.opentelemetry;

import org.jspecify.annotations.NullMarked;
