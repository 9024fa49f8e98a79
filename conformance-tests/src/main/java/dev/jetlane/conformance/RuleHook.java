package dev.jetlane.conformance;

import net.jqwik.api.lifecycle.AroundPropertyHook;
import net.jqwik.api.lifecycle.PropagationMode;
import net.jqwik.api.lifecycle.PropertyExecutionResult;
import net.jqwik.api.lifecycle.PropertyExecutor;
import net.jqwik.api.lifecycle.PropertyLifecycleContext;
import org.opentest4j.TestAbortedException;

/**
 * Tells a property which rule it is about, skips it where the capability is missing, and afterwards
 * asks whether it put its rule to the test at all: a property that never came near its rule must
 * not pass.
 */
final class RuleHook implements AroundPropertyHook {

  @Override
  public PropagationMode propagateTo() {
    return PropagationMode.ALL_DESCENDANTS;
  }

  @Override
  public PropertyExecutionResult aroundProperty(
      PropertyLifecycleContext context, PropertyExecutor property) throws Throwable {
    if (!(context.testInstance() instanceof Rules instance)) {
      return property.execute();
    }
    String label = context.label();
    int space = label.indexOf(' ');
    RuleRun run = instance.rules();
    run.begin(space < 0 ? label : label.substring(0, space));
    context.findAnnotation(Requires.class).ifPresent(needed -> run.require(needed.value()));
    PropertyExecutionResult result = property.execute();
    if (run.skippedFor() != null) {
      run.skip(context.containerClass());
      return result.mapToAborted(
          new TestAbortedException("not run: the queue does not declare " + run.skippedFor()));
    }
    PropertyExecutionResult.Status status = result.status();
    run.end(status.name(), context.containerClass());
    if (status != PropertyExecutionResult.Status.FAILED && run.evidence() == 0) {
      return result.mapToFailed(
          run.rule() + " was never put to the test: no try of its property gave a verdict");
    }
    if (status != PropertyExecutionResult.Status.FAILED
        && run.hasTooManyDiscards(context.containerClass())) {
      return result.mapToFailed(
          "more than a fifth of this suite's tries showed nothing: the machine is too busy");
    }
    return result;
  }
}
