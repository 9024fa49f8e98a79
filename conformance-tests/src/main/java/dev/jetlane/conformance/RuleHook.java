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
    context.findAnnotation(WithoutPrefetch.class).ifPresent(asked -> run.requireNoPrefetch());
    PropertyExecutionResult result = property.execute();
    PropertyExecutionResult.Status status = result.status();
    boolean sawNothing = status != PropertyExecutionResult.Status.FAILED && run.sawNothing();
    if (run.notRun() != null) {
      run.skip(context.containerClass());
      return result.mapToAborted(new TestAbortedException("not run: " + run.notRun()));
    }
    run.end(status.name(), context.containerClass());
    if (sawNothing) {
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
