/* task.h - inside agent and cli: how a task is named in the store and in the environment */
#ifndef US_AGENT_TASK_H
#define US_AGENT_TASK_H

#define US_TASK_PREFIX "task/"
#define US_TASK_ENV "UNDERSTUDY_TASK"   /* set by `understudy run --task` for its program */
#define US_TOKEN_ENV "UNDERSTUDY_TOKEN" /* its claim of that task */

#endif
