/**
 * Trace context in the headers of tasks, for OpenTelemetry, whose API is an optional dependency.
 *
 * <pre>
 *  span of the producer                                       span of the worker
 *        |                                                            ^
 *        +-- push --&gt; headers: traceparent, tracestate --&gt; pull --&gt; TraceContext.of(delivery)
 * </pre>
 */
@NullMarked
package dev.jetlane.opentelemetry;

import org.jspecify.annotations.NullMarked;
