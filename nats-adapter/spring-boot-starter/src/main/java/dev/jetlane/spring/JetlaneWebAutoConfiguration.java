// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.spring;

import dev.jetlane.InvalidInputException;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/**
 * Answers an HTTP request with 400 if one of its values, such as a task id in the path, breaks a
 * rule of the queue. An {@code @ExceptionHandler} of the application takes precedence.
 */
@AutoConfiguration
@ConditionalOnWebApplication
@ConditionalOnClass(RestControllerAdvice.class)
public class JetlaneWebAutoConfiguration {

  /** Creates the configuration, for Spring. */
  public JetlaneWebAutoConfiguration() {}

  @Bean
  @ConditionalOnMissingBean
  RefusedInput jetlaneRefusedInput() {
    return new RefusedInput();
  }

  @RestControllerAdvice
  static final class RefusedInput {

    /** Answers with a message that names the value and the rule. */
    @ExceptionHandler
    ProblemDetail refused(InvalidInputException e) {
      return ProblemDetail.forStatusAndDetail(HttpStatus.BAD_REQUEST, e.getMessage());
    }
  }
}
