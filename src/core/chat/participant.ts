/** Under which other extensions find the models: `vscode.lm.selectChatModels({ vendor: 'switchyard' })`. */
export const LANGUAGE_MODEL_VENDOR = 'switchyard';

/** The participant in VS Code's own chat view, as the manifest declares it. */
export const PARTICIPANT = {
  id: 'switchyard.chat',
  name: 'switchyard',
  fullName: 'Switchyard',
  description: 'Ask the chat model that you chose in Switchyard',
  isSticky: true,
} as const;

/** Its commands, with what they ask for. */
export const PARTICIPANT_COMMANDS = {
  explain: { intent: 'explain', description: 'Explain the code.' },
  fix: { intent: 'fix', description: 'Fix the code.' },
  tests: { intent: 'writeTests', description: 'Write tests for the code.' },
  doc: { intent: 'document', description: 'Document the code.' },
} as const;
