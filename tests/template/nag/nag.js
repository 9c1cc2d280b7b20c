// Applies cdk-nag's AwsSolutions rules to expanded templates: node nag.js TEMPLATE.json...
const { App, Aspects, Stack } = require("aws-cdk-lib");
const { CfnInclude } = require("aws-cdk-lib/cloudformation-include");
const { AwsSolutionsChecks } = require("cdk-nag");
const path = require("path");

const app = new App();
for (const templateFile of process.argv.slice(2)) {
    const stack = new Stack(app, path.basename(templateFile, ".json"));
    new CfnInclude(stack, "template", { templateFile });
}
Aspects.of(app).add(new AwsSolutionsChecks({ verbose: true }));

const stacks = app.synth().stacks;
const found = stacks.flatMap((stack) => stack.messages.map((message) => `${message.id}: ${message.entry.data}`));
const resources = stacks.flatMap((stack) => Object.keys(stack.template.Resources ?? {}));
for (const message of found) {
    console.log(message.trim());
}
console.log(`cdk-nag: ${resources.length} resources of ${stacks.length} templates, ${found.length} findings`);
process.exit(found.length > 0 || resources.length === 0 ? 1 : 0);
